import assert from 'node:assert/strict'
import { testServer, type TestServer } from '../../testing.ts'

/** A response of the API. */
export interface ApiResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  readonly code: unknown
}

/** The parts of a request besides its line; `address` is that of the client. */
interface RequestParts {
  readonly body?: unknown
  readonly token?: string | undefined
  readonly address?: string
}

/** Sends a request such as `GET /me`, with an optional body and token. */
export async function request(
  server: Pick<TestServer, 'fetch'>,
  line: string,
  { body, token, address }: RequestParts = {},
): Promise<ApiResponse> {
  const [method = '', path = ''] = line.split(' ')
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const sent = body === undefined ? null : JSON.stringify(body)
  const httpRequest = new Request(`http://localhost:5000${path}`, { method, headers, body: sent })
  const response = await server.fetch(httpRequest, address === undefined ? {} : { address })
  const text = await response.text()
  const read = (text.startsWith('{') ? parse(text) : {}) as ApiResponse['body']
  return { status: response.status, headers: response.headers, body: read, code: read['code'] }
}

/** Signs in, by default as the administrator of development, and returns the access token. */
export async function signIn(
  server: Pick<TestServer, 'fetch'>,
  username = 'admin',
  password = 'password',
): Promise<string> {
  const { body } = await request(server, 'POST /login', { body: { username, password } })
  return String(body['token'])
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return {} // JSON lines
  }
}

/** The password of the user ada. */
export const password = 'correct horse battery'

/** Starts a development server with its administrator and the user ada, who is none. */
export async function withAda(
  env: Readonly<Record<string, string>> = {},
  ports?: Parameters<typeof testServer>[2],
) {
  const server = await testServer(env, undefined, ports)
  const token = await signIn(server)
  const body = { username: 'ada', password, email: 'ada@example.com', roles: ['editor'] }
  const made = await request(server, 'POST /admin/users', { token, body })
  assert.equal(made.status, 201)
  const id = String(made.body['id'])
  return { server, token, id, made: made.body }
}
