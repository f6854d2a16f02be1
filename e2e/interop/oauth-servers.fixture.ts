import { testServer, type TestServer } from '@countersign/server/testing'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errors, Provider, type Configuration, type JWK } from 'oidc-provider'

// Two authorization servers that are configured alike, ours and oidc-provider. Each answers a request with a class of answers, which can be compared.

/** The resource of the clients. */
export const notes = 'https://notes.example'

/** The redirect URIs of the clients; `two` has both. */
export const callbacks = ['https://app.example/callback', 'https://app.example/second'] as const

/** The verifier of every request, with its challenge. */
export const verifier = 'a-verifier-of-this-test-and-of-nothing-else-at-all'
export const challenge = createHash('sha256').update(verifier).digest('base64url')

/** The clients by name. `web` and `two` are public. */
export const clientNames = ['web', 'two', 'site'] as const
export type ClientName = (typeof clientNames)[number]

/** A request to the token endpoint: its body or query, as text, and its headers. */
export interface TokenRequest {
  readonly body: string
  readonly query?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A server of the comparison. */
export interface OAuthServer {
  readonly clients: Readonly<Record<ClientName, { readonly id: string; readonly secret: string }>>
  /** Sends a request to the authorization endpoint, as the browser of a user who is signed in; returns where it leads. */
  authorize(query: string): Promise<{ readonly status: number; readonly location: string }>
  token(request: TokenRequest): Promise<{ readonly status: number; readonly body: TokenBody }>
  close(): Promise<void>
}

/** The body of an answer of the token endpoint. */
export type TokenBody = Readonly<Record<string, unknown>>

const scopes = ['openid', 'profile', 'email', 'offline_access', 'notes:read']

const formType = { 'content-type': 'application/x-www-form-urlencoded' }

const readAnswer = async (response: Response) => {
  const text = await response.text()
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as TokenBody
  return { status: response.status, body }
}

/** Starts this project's server. */
export async function openOurs(): Promise<OAuthServer> {
  const server = await testServer()
  let address = 0
  const send = (path: string, init: RequestInit) => {
    address++ // wrong credentials are limited by network, which is not compared here
    const request = new Request(`http://localhost:5000${path}`, init)
    return server.fetch(request, { address: `10.${address >> 8}.${address & 255}.1` })
  }
  const clients = await addClients(send)
  const cookie = await signIn(send)
  return {
    clients,
    async authorize(query) {
      const headers = { accept: 'text/html', cookie, 'sec-fetch-site': 'same-origin' }
      const { status, headers: answer } = await send(`/oauth/authorize?${query}`, { headers })
      return { status, location: answer.get('location') ?? '' }
    },
    token: async ({ body, query = '', method = 'POST', headers = formType }) =>
      readAnswer(
        await send(`/oauth/token${query}`, {
          method,
          headers,
          ...(method === 'POST' && { body: Buffer.from(body) }),
        }),
      ),
    close: () => (server satisfies TestServer).close(),
  }
}

type Send = (path: string, init: RequestInit) => Promise<Response>

async function signIn(send: Send): Promise<string> {
  const signedIn = await send('/sign-in', {
    method: 'POST',
    headers: { ...formType, 'sec-fetch-site': 'same-origin' },
    body: 'username=admin&password=password',
  })
  const lines = signedIn.headers.getSetCookie()
  return lines.map((line) => line.split(';', 1)[0]).join('; ')
}

async function addClients(send: Send): Promise<OAuthServer['clients']> {
  const json = { 'content-type': 'application/json' }
  const login = JSON.stringify({ username: 'admin', password: 'password' })
  const { body: signedIn } = await readAnswer(
    await send('/login', { method: 'POST', headers: json, body: login }),
  )
  const post = async (path: string, given: object) => {
    const headers = { ...json, authorization: `Bearer ${String(signedIn['token'])}` }
    return (
      await readAnswer(await send(path, { method: 'POST', headers, body: JSON.stringify(given) }))
    ).body
  }
  await post('/admin/resources', { audience: notes, scopes: ['notes:read', 'notes:write'] })
  const add = async (name: ClientName) => {
    const client = await post('/admin/clients', {
      name,
      redirect_uris: name === 'two' ? callbacks : callbacks.slice(0, 1),
      public: name !== 'site',
      skip_consent: true,
      scopes,
      resources: [notes],
    })
    return { id: String(client['id']), secret: String(client['client_secret'] ?? '') }
  }
  return { web: await add('web'), two: await add('two'), site: await add('site') }
}

const secretOfSite = 'a-secret-of-this-test-and-of-nothing-else'

/** Starts oidc-provider, with a user who is signed in and has agreed. */
export async function openTheirs(): Promise<OAuthServer> {
  let handle: ReturnType<Provider['callback']> = async () => undefined
  const server = createServer((request, response) => void handle(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: Provider = new Provider(
    url,
    configuration(() => provider),
  )
  const callback = provider.callback()
  handle = async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return callback(request, response)
    return provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
  }
  const cookies = new Map<string, string>()
  const get = async (address: string) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(address, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    await response.text()
    return { status: response.status, location: response.headers.get('location') ?? '' }
  }
  const clients = Object.fromEntries(
    clientNames.map((name) => [name, { id: name, secret: name === 'site' ? secretOfSite : '' }]),
  ) as OAuthServer['clients']
  const good = new URLSearchParams({
    response_type: 'code',
    client_id: 'web',
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  let next = `/auth?${good}`
  while (next.startsWith('/') || next.startsWith(url))
    next = (await get(new URL(next, url).href)).location // signs in, once
  return {
    clients,
    authorize: (query) => get(`${url}/auth?${query}`),
    token: async ({ body, query = '', method = 'POST', headers = formType }) =>
      readAnswer(
        await fetch(`${url}/token${query}`, {
          method,
          headers,
          ...(method === 'POST' && { body: Buffer.from(body) }),
        }),
      ),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function configuration(provider: () => Provider): Configuration {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...pair.privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' } as JWK
  return {
    jwks: { keys: [jwk] },
    clients: clientNames.map((name) => ({
      client_id: name,
      ...(name === 'site' && { client_secret: secretOfSite }),
      token_endpoint_auth_method: name === 'site' ? 'client_secret_post' : 'none',
      redirect_uris: name === 'two' ? [...callbacks] : [callbacks[0]],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    })),
    scopes,
    pkce: { required: () => true },
    cookies: { keys: ['of this test'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    async loadExistingGrant({ oidc }) {
      const id = oidc.session?.grantIdFor(oidc.client?.clientId ?? '')
      const found = id === undefined ? undefined : await provider().Grant.find(id)
      if (found) return found // another one would end this
      const grant = new (provider().Grant)({
        accountId: oidc.session?.accountId ?? '',
        clientId: oidc.client?.clientId ?? '',
      })
      grant.addOIDCScope(scopes.join(' '))
      grant.addResourceScope(notes, 'notes:read')
      await grant.save()
      return grant
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => notes,
        useGrantedResource: () => true,
        getResourceServerInfo(_, resource) {
          if (resource !== notes) throw new errors.InvalidTarget()
          return { scope: 'notes:read', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
        },
      },
    },
  }
}
