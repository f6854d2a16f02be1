import {
  exportPublicJwk,
  importPublicKey,
  isCountersignError,
  type Jwks,
  type PublicJwk,
} from '@countersign/token'
import { isLoopback, publicAlgorithms, type Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Application } from './application.ts'

/** The grant of programs that cannot open a browser (RFC 8628): the user signs in on another device. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** The grants that a client may use at the token endpoint (RFC 6749, section 4). With each but `client_credentials` it may refresh its tokens too. */
export const clientGrants = ['client_credentials', 'authorization_code', deviceGrant] as const

/** A grant of a client. */
export type ClientGrant = (typeof clientGrants)[number]

/** The tokens of another issuer with which a workload authenticates as a service account, without a secret. */
export interface Trust {
  /** The issuer's URL: `iss`; its keys are found by its metadata. */
  readonly issuer: string
  /** `sub`. */
  readonly subject: string
  /** `aud`. */
  readonly audience: string
  /** True if one such token may be used more than once: a workload that reads it from a file cannot make another one. */
  readonly reusable: boolean
}

/** A client: a service account, which gets access tokens for itself (RFC 6749, section 1.3.4), or an application, which gets them for users. */
export interface Client {
  readonly id: string
  readonly name: string
  readonly grants: readonly ClientGrant[]
  /** The scopes that its tokens may have, of all of its resources. */
  readonly scopes: readonly string[]
  /** The audiences that its tokens may be for. */
  readonly resources: readonly string[]
  /** The public keys of its assertions (RFC 7523); null if it has none. */
  readonly jwks: Jwks | null
  readonly trust: Trust | null
  /** The settings for users who sign in with it; null for a service account. */
  readonly application: Application | null
  readonly createdAt: Seconds
}

/** A secret of a client, without the secret itself. */
export interface ClientSecret {
  readonly id: string
  readonly clientId: string
  readonly createdAt: Seconds
  /** The end of the overlap with its successor; null for the newest. */
  readonly expiresAt: Seconds | null
  /** The time at which a client last authenticated with it, to the minute. */
  readonly lastUsedAt: Seconds | null
}

/** Returns whether a secret may still be used. Pure. */
export function isLive({ expiresAt }: Pick<ClientSecret, 'expiresAt'>, now: Seconds): boolean {
  return expiresAt === null || now < expiresAt
}

/** Judges whether the parts of a client go together; returns what does not. Each part was parsed alone. Pure. */
export function judgeParts({
  grants,
  scopes,
  jwks,
  trust,
  application,
}: Omit<Client, 'id' | 'name' | 'resources' | 'createdAt'>): string | undefined {
  const redirectUris = application?.redirectUris ?? []
  if (grants.includes('authorization_code') !== redirectUris.length > 0)
    return 'the grant authorization_code and redirect URIs go together'
  if (!application)
    return grants.includes(deviceGrant) ? 'the grant of devices is for applications' : undefined
  if (!grants.some((one) => one !== 'client_credentials'))
    return 'an application has the grant authorization_code or that of devices'
  if (scopes.some((one) => one.startsWith('admin:')))
    return 'only service accounts have scopes of the admin API'
  if (!application.isPublic) return undefined
  if (!application.requiresPkce) return 'a public client needs PKCE'
  if (jwks || trust) return 'a public client has no keys and no trusted issuer'
  return grants.includes('client_credentials')
    ? 'a public client cannot have the grant client_credentials'
    : undefined
}

/** Checks the name of a client: 1 to 64 of lower-case letters, digits and `. _ : -`. Fails with `client_unacceptable`. */
export function parseClientName(text: string): string {
  if (/^[a-z0-9][a-z0-9._:-]{0,63}$/.test(text)) return text
  throw fail('client_unacceptable', {
    detail: 'a name has 1 to 64 lower-case letters, digits and signs of . _ : -',
  })
}

/** Checks the grants of a client. Fails with `client_unacceptable`. */
export function parseGrants(texts: readonly string[]): readonly ClientGrant[] {
  const known = clientGrants.filter((one) => texts.includes(one))
  if (known.length > 0 && known.length === new Set(texts).size) return known
  throw fail('client_unacceptable', { detail: `the grants are ${clientGrants.join(', ')}` })
}

const maxKeys = 8

/** Checks the public keys of a client's assertions. Fails with `client_unacceptable`. */
export function parseClientKeys(given: unknown): Jwks {
  const { keys } = (given ?? {}) as { readonly keys?: unknown }
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > maxKeys)
    throw fail('client_unacceptable', { detail: `a key set has 1 to ${maxKeys} public keys` })
  return { keys: keys.map((one: unknown) => parseClientKey(one)) }
}

function parseClientKey(given: unknown): PublicJwk {
  try {
    if (typeof given === 'object' && given !== null && !('d' in given) && !('priv' in given)) {
      const jwk = given as PublicJwk // the import checks every member
      const algorithm = publicAlgorithms.find((one) => one === jwk.alg)
      if (algorithm) return exportPublicJwk(importPublicKey(jwk, algorithm))
    }
  } catch (error) {
    if (!isCountersignError(error)) throw error
  }
  throw fail('client_unacceptable', {
    detail: 'each key must be a public JWK with its algorithm in `alg`',
  })
}

/** The maximum length of each part of a {@link Trust}, in characters. */
export const maxTrustLength = 512

/** Checks whose tokens a workload authenticates with. Fails with `client_unacceptable`. */
export function parseTrust(given: Trust): Trust {
  const { issuer, subject, audience } = given
  const isText = (text: string) => /^[\x20-\x7E]+$/.test(text) && text.length <= maxTrustLength
  const url = URL.canParse(issuer) && !/[?#@\\\s]/.test(issuer) ? new URL(issuer) : undefined
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (isSafe && [issuer, subject, audience].every(isText)) return given
  throw fail('client_unacceptable', {
    detail:
      'a trusted issuer is an https URL without user, query and fragment; subject and audience are printable ASCII text',
  })
}
