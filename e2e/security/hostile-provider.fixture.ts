import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { listenOn, readForm, upstreamClient } from '@countersign/testing/identity-providers'

// An identity provider of a test that answers right, but for what the test twists.

type Json = Record<string, unknown>

/** The changes that a test may make to the next answers. */
export interface Twists {
  /** The query with which the browser is sent back. */
  answer?: (query: URLSearchParams) => void
  /** The claims of the ID token. */
  claims?: (claims: Json) => void
  /** Makes the ID token of its claims, instead of signing them. */
  idToken?: (claims: Json) => string
  /** The metadata. */
  metadata?: (metadata: Json) => void
  /** The whole answer of a path. */
  instead?: Readonly<
    Record<string, { status?: number; headers?: Record<string, string>; body: string }>
  >
}

/** A provider that can be twisted. */
export interface HostileProvider extends AsyncDisposable {
  readonly issuer: string
  twists: Twists
  /** Its clock, in seconds. */
  now: () => number
  /** The paths that were requested, the form of each token request among them. */
  readonly requests: { path: string; form?: URLSearchParams }[]
  /** The access tokens and ID tokens that were given. */
  readonly given: string[]
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Makes a JWT with RS256. */
export function signedBy(key: KeyObject, claims: Json, header: Json = {}): string {
  const signed = `${encode({ alg: 'RS256', kid: 'k', ...header })}.${encode(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

/** Makes a JWT without a signature, and one with HMAC by a text that both sides know. */
export const unsigned = (claims: Json) => `${encode({ alg: 'none' })}.${encode(claims)}.`
export function signedByText(text: string, claims: Json): string {
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', text).update(signed).digest('base64url')}`
}

/** Starts a provider for the client of a server whose callback this is. */
export async function startHostileProvider(callback: string): Promise<HostileProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider: Omit<HostileProvider, 'issuer' | typeof Symbol.asyncDispose> = {
    twists: {},
    now: () => Math.floor(Date.now() / 1000),
    requests: [],
    given: [],
  }
  const asked = new Map<string, { nonce: string }>()
  let codes = 0
  const server = await listenOn((issuer) => async (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '', issuer)
    const form = request.method === 'POST' ? await readForm(request) : undefined
    provider.requests.push({ path: pathname, ...(form && { form }) })
    const send = (body: unknown) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const { twists } = provider
    const instead = twists.instead?.[pathname]
    if (instead) {
      const { status = 200, headers = { 'content-type': 'application/json' }, body } = instead
      return void response.writeHead(status, headers).end(body)
    }
    switch (pathname) {
      case '/.well-known/openid-configuration': {
        const metadata: Json = {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          token_endpoint_auth_methods_supported: ['client_secret_post'],
          authorization_response_iss_parameter_supported: true,
        }
        twists.metadata?.(metadata)
        return send(metadata)
      }
      case '/keys':
        return send({
          keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }],
        })
      case '/authorize': {
        const code = `code-${codes++}`
        asked.set(code, { nonce: query.get('nonce') ?? '' })
        const answer = new URLSearchParams({ code, state: query.get('state') ?? '', iss: issuer })
        twists.answer?.(answer)
        return void response.writeHead(302, { location: `${callback}?${answer}` }).end()
      }
      case '/token': {
        const now = provider.now()
        const claims: Json = {
          iss: issuer,
          sub: 'mallory',
          aud: upstreamClient.id,
          iat: now,
          exp: now + 300,
          nonce: asked.get(form?.get('code') ?? '')?.nonce,
          email: 'mallory@provider.example',
          email_verified: true,
          preferred_username: 'mallory',
        }
        twists.claims?.(claims)
        const idToken = twists.idToken?.(claims) ?? signedBy(privateKey, claims)
        const accessToken = `upstream-access-${codes}`
        provider.given.push(idToken, accessToken)
        return send({ access_token: accessToken, token_type: 'Bearer', id_token: idToken })
      }
      default:
        return void response.writeHead(404).end()
    }
  })
  return Object.assign(provider, {
    issuer: server.url,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  })
}
