import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider, type Configuration, type JWK } from 'oidc-provider'

// Identity providers for tests: the library oidc-provider, and a server that speaks OAuth as GitHub Enterprise Server does. Each signs in its user at
// once, as for a browser that is signed in there.

/** The client of the server under test at a provider. */
export const upstreamClient = {
  id: 'countersign',
  secret: 'a-secret-of-this-test-and-of-nothing-else',
} as const

/** The user of a provider; a test may change it. */
export interface UpstreamAccount {
  subject: string
  name: string
  email: string
  emailVerified: boolean
  /** True if the user declines when asked to sign in. */
  declines: boolean
}

/** A provider that listens on a port of this machine. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string
  readonly account: UpstreamAccount
}

const newAccount = (subject: string): UpstreamAccount => ({
  subject,
  name: 'ada',
  email: 'ada@work.example',
  emailVerified: true,
  declines: false,
})

/** Opens a server on a free port; `serve` gets its URL. */
export async function listenOn(serve: (url: string) => RequestListener) {
  let listener: RequestListener = () => undefined
  const server = createServer((request, response) => listener(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  listener = serve(url)
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Starts oidc-provider with the client of a server whose callback this is. */
export async function startOpenIdProvider(callback: string): Promise<TestProvider> {
  const account = newAccount('u-1')
  const server = await listenOn((url) => {
    const provider: Provider = new Provider(
      url,
      openIdConfiguration(() => provider, account, callback),
    )
    const answer = provider.callback()
    return (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return void answer(request, response)
      const result = account.declines
        ? { error: 'access_denied' }
        : { login: { accountId: account.subject, remember: false } }
      return void provider.interactionFinished(request, response, result)
    }
  })
  return { issuer: server.url, account, [Symbol.asyncDispose]: server[Symbol.asyncDispose] }
}

function openIdConfiguration(
  provider: () => Provider,
  account: UpstreamAccount,
  callback: string,
): Configuration {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...pair.privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' } as JWK
  return {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: upstreamClient.id,
        client_secret: upstreamClient.secret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [callback],
        response_types: ['code'],
      },
    ],
    scopes: ['openid', 'email', 'profile'],
    claims: { email: ['email', 'email_verified'], profile: ['preferred_username'] },
    pkce: { required: () => true },
    cookies: { keys: ['of this test'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: account.email,
        email_verified: account.emailVerified,
        preferred_username: account.name,
      }),
    }),
    async loadExistingGrant({ oidc }) {
      const [accountId, clientId] = [oidc.session?.accountId ?? '', oidc.client?.clientId ?? '']
      const grant = new (provider().Grant)({ accountId, clientId })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
    features: { devInteractions: { enabled: false } },
  }
}

/** Starts a server with the paths and answers of GitHub Enterprise Server, for the client of a server whose callback this is. */
export async function startGitHub(callback: string): Promise<TestProvider> {
  const account = newAccount('4711')
  const codes = new Map<string, string>() // the challenge of PKCE, by code
  const tokens = new Set<string>()
  const server = await listenOn((url) => (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '', url)
    const send = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify(body))
    }
    const isKnown = () => tokens.has((request.headers.authorization ?? '').split(' ')[1] ?? '')
    switch (pathname) {
      case '/login/oauth/authorize': {
        const to = new URL(callback)
        const code = randomBytes(10).toString('hex')
        const isOurs = query.get('redirect_uri') === callback
        if (!isOurs || query.get('client_id') !== upstreamClient.id) return send({}, 404)
        codes.set(code, query.get('code_challenge') ?? '')
        to.searchParams.set('state', query.get('state') ?? '')
        to.searchParams.set('iss', `${url}/login/oauth`)
        if (account.declines) to.searchParams.set('error', 'access_denied')
        else to.searchParams.set('code', code)
        response.writeHead(302, { location: to.href })
        return response.end()
      }
      case '/login/oauth/access_token':
        return void readForm(request).then((form) => {
          const challenge = codes.get(form.get('code') ?? '')
          codes.delete(form.get('code') ?? '')
          const verifier = createHash('sha256').update(form.get('code_verifier') ?? '')
          const isRight =
            challenge === verifier.digest('base64url') &&
            form.get('redirect_uri') === callback &&
            form.get('client_secret') === upstreamClient.secret
          if (!isRight) return send({ error: 'bad_verification_code' }) // GitHub says it with 200
          const token = `gho_${randomBytes(18).toString('base64url')}`
          tokens.add(token)
          return send({ access_token: token, scope: 'read:user,user:email', token_type: 'bearer' })
        })
      case '/api/v3/user':
        return isKnown()
          ? send({
              id: Number(account.subject),
              login: account.name,
              email: 'public@other.example',
            })
          : send({}, 401)
      case '/api/v3/user/emails':
        return isKnown()
          ? send([
              { email: 'old@work.example', primary: false, verified: true },
              { email: account.email, primary: true, verified: account.emailVerified },
            ])
          : send({}, 401)
      default:
        return send({}, 404)
    }
  })
  return { issuer: server.url, account, [Symbol.asyncDispose]: server[Symbol.asyncDispose] }
}

/** Reads the form of a request. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return new URLSearchParams(Buffer.concat(parts).toString())
}

/** Follows redirects from a URL of a provider, as a browser with its own cookies there, until they lead elsewhere; returns that URL. */
export async function followProvider(from: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(from)
  const { origin } = url
  while (url.origin === origin) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const to = response.headers.get('location')
    if (to === null)
      throw new Error(`the provider answers ${response.status} ${await response.text()}`)
    url = new URL(to, url)
  }
  return url
}
