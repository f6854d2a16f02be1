import type { TestServer } from '../../testing.ts'

/** What came back. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  readonly code: unknown
}

/** Asks a server over its API: `GET /me`, with a body and a token where there are some. */
export async function ask(
  server: Pick<TestServer, 'fetch'>,
  line: string,
  { body, token }: { readonly body?: unknown; readonly token?: string | undefined } = {},
): Promise<Reply> {
  const [method = '', path = ''] = line.split(' ')
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const sent = body === undefined ? null : JSON.stringify(body)
  const request = new Request(`http://localhost:5000${path}`, { method, headers, body: sent })
  const response = await server.fetch(request)
  const text = await response.text()
  const read = (text.startsWith('{') ? parse(text) : {}) as Reply['body']
  return { status: response.status, headers: response.headers, body: read, code: read['code'] }
}

/** Signs in; by default the administrator of development. */
export async function signIn(
  server: Pick<TestServer, 'fetch'>,
  username = 'admin',
  password = 'password',
): Promise<string> {
  const { body } = await ask(server, 'POST /login', { body: { username, password } })
  return String(body['token'])
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return {} // lines of JSON
  }
}
