import type { Clock, ProvenClaims } from '@countersign/token'
import {
  assertOptions,
  isOrigin,
  policyNames,
  type NamesOf,
  type Timer,
} from '@countersign/token/internal'
import type { ClaimMapping } from './claim-mapping.ts'
import type { ClaimsSchema } from './claims-schema.ts'
import type { DpopOptions } from './dpop.ts'
import type { EventListener } from './events.ts'
import type { CookieOptions } from './extract-token.ts'
import { guardInvalid } from './failures.ts'
import type { IssuerWithVerifier, TrustedIssuer, TrustOptions } from './issuers/issuer-context.ts'
import type { LegacyTokens } from './issuers/legacy-tokens.ts'
import type { Refusal, RefusalOverrides } from './refusal.ts'
import type { ResourceOptions } from './resource-metadata.ts'
import type { Revocation } from './revocation/issuer-revocation.ts'

/**
 * The options of a guard: the issuers that it trusts, and its settings.
 *
 * @example
 * import { cookieNamesOf, createGuard, type GuardOptions } from '@countersign/guard'
 *
 * const options: GuardOptions = {
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 *   cookie: { name: cookieNamesOf('https://auth.example.com').access },
 * }
 * export const guard = createGuard(options)
 */
export type GuardOptions<C = ProvenClaims> = TrustOptions &
  GuardSettings<C> & {
    /** Also honours tokens that the application issued before it moved to its issuer, until a day. Default: none. */
    readonly legacyTokens?: LegacyTokens
  }

/**
 * The settings of a guard besides its issuers. None of them makes it trust more.
 *
 * @example
 * import type { GuardSettings } from '@countersign/guard'
 * import { createTestIssuer } from '@countersign/guard/testing'
 * import type { ProvenClaims } from '@countersign/token'
 *
 * const settings: GuardSettings<ProvenClaims> = { missingStatus: 403, realm: 'notes' }
 * export const guard = createTestIssuer().guard(settings) // the application passes the same settings to createGuard
 */
export interface GuardSettings<C> {
  /** The claims that the application relies on, as a schema of any Standard Schema library; they arrive in its form and with its type. */
  readonly claims?: ClaimsSchema<C>
  /** The claims in which the issuers write scopes and roles, unless an issuer has a mapping of its own; default: `scope` and `roles`. */
  readonly mapping?: ClaimMapping
  /** Also takes the token from this cookie. Unsafe methods must then come from the application's own pages. */
  readonly cookie?: CookieOptions
  /** Status for a request without a token: 401 (the default, RFC 6750), or 403 for applications that promise that. */
  readonly missingStatus?: 401 | 403
  /** The `realm` of the challenge; none by default. */
  readonly realm?: string
  /** The metadata of this API (RFC 9728); the challenge then names its URL. */
  readonly resource?: ResourceOptions
  /**
   * Refuses tokens whose session has ended, within milliseconds: `feed`, `poll`, or in detail. Default: `none`, because most issuers publish
   * no status lists; set it if yours is a Countersign server.
   */
  readonly revocation?: Revocation
  /** The check of tokens that are bound to a key of their client (DPoP); they are accepted with a proof and no other way. */
  readonly dpop?: DpopOptions
  /** Changes a refusal: another body, more headers, another status. */
  readonly onRefusal?: (refusal: Refusal) => RefusalOverrides | undefined
  /**
   * Receives an event for each request, each request for keys and each change of a status list, for metrics and logs. Default: each refusal is
   * printed as one line with `console.warn`, and nothing if NODE_ENV is production. `() => undefined` prints nothing.
   */
  readonly onEvent?: EventListener
  /**
   * The number of refusals that are kept with their explanation; default 100, and none when NODE_ENV is production. Each costs a second verification.
   */
  readonly maxExplanations?: number
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** Default: the machine's timer. Only `revocation` waits for anything. */
  readonly timer?: Timer
  /** Requests metadata, keys and status lists from issuers; default: the platform's `fetch`. */
  readonly fetch?: typeof fetch
}

// The names of all options, because a slip such as `revokation` would leave out a check that its author relies on. They are checked when a
// guard is created, and never when a request arrives.

const settingNames = {
  claims: true,
  mapping: true,
  cookie: true,
  missingStatus: true,
  realm: true,
  resource: true,
  revocation: true,
  dpop: true,
  onRefusal: true,
  onEvent: true,
  maxExplanations: true,
  clock: true,
  timer: true,
  fetch: true,
} as const satisfies NamesOf<GuardSettings<unknown>>
const issuerNames = {
  ...policyNames,
  mapping: true,
  revocation: true,
  apiTokens: true,
  allowInsecureHttp: true,
} satisfies NamesOf<TrustedIssuer>
const verifierNames = {
  issuer: true,
  verifier: true,
  mapping: true,
  revocation: true,
} satisfies NamesOf<IssuerWithVerifier>
const cookieNames = { name: true, origins: true } satisfies NamesOf<CookieOptions>

const sharedNames = { ...settingNames, legacyTokens: true } as const
const namesWithVerifier = { ...sharedNames, verifier: true } as const
const namesWithIssuers = { ...sharedNames, issuers: true } as const
const allNames = { ...sharedNames, ...issuerNames, verifier: true, issuers: true } as const

/** Rejects unknown and misplaced options, and settings without a sensible meaning. Fails with `guard_invalid`. */
export function assertGuardOptions(options: GuardOptions<unknown>): void {
  assertOptions(options, allNames, guardInvalid)
  if ('verifier' in options)
    assertOptions(options, namesWithVerifier, (_, name) =>
      guardInvalid(
        name === 'apiTokens'
          ? 'apiTokens needs an issuer to exchange them at, and not a verifier'
          : `${name} belongs to the verifier: set it in createVerifier`,
      ),
    )
  else if ('issuers' in options)
    assertOptions(options, namesWithIssuers, (_, name) =>
      guardInvalid(`${name} belongs to each entry of issuers`),
    )
  assertSettings(options)
}

/** Returns the URLs by which an application may be known to its clients: its resource, or else its audiences. Some may be no URLs. */
export function publicUrlsOf(options: GuardOptions<unknown>): readonly string[] {
  if (options.resource) return [options.resource.url]
  const policies = 'issuers' in options ? options.issuers : [options]
  return policies.flatMap((one) => ('audience' in one ? one.audience : []))
}

/** Rejects unknown options of one of several issuers. Fails with `guard_invalid`. */
export function assertIssuer(one: TrustedIssuer | IssuerWithVerifier): void {
  assertOptions(one, 'verifier' in one ? verifierNames : issuerNames, (detail) =>
    guardInvalid(`one of its issuers: ${detail}`),
  )
}

function assertSettings({
  missingStatus = 401,
  cookie,
}: Pick<GuardSettings<unknown>, 'missingStatus' | 'cookie'>): void {
  if (missingStatus !== 401 && missingStatus !== 403)
    throw guardInvalid('missingStatus must be 401 or 403')
  if (cookie === undefined) return
  assertOptions(cookie, cookieNames, (detail) => guardInvalid(`its cookie: ${detail}`))
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(cookie.name))
    // RFC 6265, section 4.1.1
    throw guardInvalid('its cookie needs a valid name')
  for (const origin of cookie.origins ?? []) {
    if (!isOrigin(origin))
      throw guardInvalid('origins of its cookie must look like https://app.example.com')
  }
}
