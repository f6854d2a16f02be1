import { createSigner, generateKey, toJwks } from '@countersign/token'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { testServer, type TestServer } from '../../../testing.ts'
import { request, signIn } from '../api.fixture.ts'

/** The audience of the resource of the tests. */
export const audience = 'https://notes.example'

/** An answer of an OAuth endpoint. */
export interface OAuthAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** Sends a form to an OAuth endpoint. */
export async function post(
  server: Pick<TestServer, 'fetch'>,
  path: string,
  parameters: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<OAuthAnswer> {
  const body = typeof parameters === 'string' ? parameters : new URLSearchParams(parameters)
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const sent = new Request(`http://localhost:5000${path}`, {
    method: 'POST',
    headers: { ...type, ...headers },
    body: String(body),
  })
  const response = await server.fetch(sent)
  const text = await response.text()
  const read = (text === '' ? {} : JSON.parse(text)) as OAuthAnswer['body']
  return { status: response.status, headers: response.headers, body: read }
}

/** Starts a development server with a resource, and a service account that has a secret. */
export async function withClient(env: Readonly<Record<string, string>> = {}) {
  const server = await testServer(env)
  const token = await signIn(server)
  const scopes = ['notes:read', 'notes:write']
  await request(server, 'POST /admin/resources', { token, body: { audience, scopes } })
  const add = async (change: Readonly<Record<string, unknown>>) => {
    const body = { name: 'reporter', scopes, resources: [audience], ...change }
    return (await request(server, 'POST /admin/clients', { token, body })).body
  }
  const made = await add({})
  const client = {
    client_id: String(made['id']),
    client_secret: String(made['client_secret']),
  }
  return { server, token, add, client }
}

/** Starts an issuer of another kind, such as that of a cluster, with metadata and keys on a free port. */
export async function otherIssuer(test: Pick<TestContext, 'after'>) {
  const key = generateKey('RS256')
  const requests: string[] = []
  const server = createServer((incoming, response) => {
    requests.push(incoming.url ?? '')
    const metadata = { issuer: url, jwks_uri: `${url}/keys` }
    const answer = incoming.url === '/keys' ? toJwks([key]) : metadata
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  /** Signs a token in the shape of a projected service account token of Kubernetes. */
  const sign = (at: number, change: Readonly<Record<string, unknown>> = {}) =>
    createSigner({ key, issuer: url, lifetime: 600, type: 'JWT', clock: { now: () => at } }).sign({
      sub: 'system:serviceaccount:prod:notes',
      aud: ['countersign'],
      'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'notes', uid: '1' } },
      ...change,
    })
  return { url, key, sign, requests }
}

/** The type of client assertions (RFC 7523). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
