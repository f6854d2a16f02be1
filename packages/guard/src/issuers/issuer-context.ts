import {
  createVerifier,
  issuerKeySet,
  type Algorithm,
  type Clock,
  type KeySource,
  type Policy,
  type ProvenClaims,
  type RemoteKeySet,
  type Verifier,
} from '@countersign/token'
import {
  createStatusListVerifier,
  policyNames,
  publicAlgorithms,
  type RemoteKeySetHealth,
  type Seconds,
} from '@countersign/token/internal'
import type { AccessTokens } from '../api-tokens/access-tokens.ts'
import { accessTokensOf, type ApiTokenParts } from '../api-tokens/issuer-api-tokens.ts'
import { assertMapping, type ClaimMapping } from '../claim-mapping.ts'
import { guardInvalid } from '../failures.ts'
import {
  createRevocation,
  type IssuerRevocation,
  type Revocation,
} from '../revocation/issuer-revocation.ts'
import type { StatusListEvent, StatusListHealth } from '../revocation/status-lists.ts'

/**
 * The issuers that a guard trusts: a verifier, one issuer, or several.
 *
 * @example
 * import { createGuard, type TrustOptions } from '@countersign/guard'
 *
 * const audience = 'https://api.example.com'
 * const trust: TrustOptions = {
 *   issuers: [
 *     { issuer: 'https://auth.example.com', audience },
 *     { issuer: 'https://example.eu.auth0.com/', audience },
 *   ],
 * }
 * export const guard = createGuard(trust)
 */
export type TrustOptions =
  | { readonly verifier: Verifier<ProvenClaims> }
  | TrustedIssuer
  | { readonly issuers: readonly (TrustedIssuer | IssuerWithVerifier)[] }

/**
 * An issuer that a guard trusts, and the policy for its tokens. Its URL and an audience are enough.
 *
 * @example
 * import { createGuard, type TrustedIssuer } from '@countersign/guard'
 *
 * const auth0: TrustedIssuer = {
 *   issuer: 'https://example.eu.auth0.com/',
 *   audience: 'https://api.example.com',
 *   algorithms: ['RS256'],
 *   type: 'JWT', // older tokens have no type of their own
 * }
 * export const guard = createGuard(auth0)
 */
export interface TrustedIssuer extends Omit<Policy, 'algorithms' | 'keys'> {
  /** Default: the issuer's key set, discovered through its metadata (RFC 8414, OpenID Connect Discovery). */
  readonly keys?: KeySource
  /**
   * Default: every public-key algorithm. That is safe, because each key is good for one of them only. An RSA key without `alg`, as in the key
   * set of Entra ID, is used with RS256 unless you name the algorithms here.
   */
  readonly algorithms?: readonly Algorithm[]
  /** The claims in which it writes scopes and roles; default: the guard's own setting, and without one `scope` and `roles`. */
  readonly mapping?: ClaimMapping
  /**
   * The one origin that may be asked for metadata, keys and status lists over plain http, such as `http://keycloak:8080` inside a cluster. An
   * attacker on that network can forge every token, so the guard prints a warning. Default: none; https, or http on loopback.
   */
  readonly allowInsecureHttp?: string
  /**
   * Also accepts API tokens (`csk_…`) of this issuer, a Countersign server: each is exchanged for an access token once in its lifetime (RFC 8693).
   * With several issuers, one at most. Default: false. Use it with `revocation`, or a revoked API token works until its access token expires.
   */
  readonly apiTokens?: boolean
  /** The check of its tokens for revocation; default: the guard's own setting, and without one they are not checked. */
  readonly revocation?: Revocation
}

/**
 * An issuer whose tokens are verified by the application's own verifier, such as one created with `createLegacyVerifier`.
 *
 * @example
 * import { createGuard, type IssuerWithVerifier } from '@countersign/guard'
 * import { createVerifier, generateKey, localKeySet } from '@countersign/token'
 *
 * const issuer = 'https://jobs.internal.example'
 * const audience = 'https://api.example.com'
 * const keys = localKeySet([generateKey('ES256')])
 * const verifier = createVerifier({ issuer, audience, algorithms: ['ES256'], keys })
 * const jobs: IssuerWithVerifier = { issuer, verifier }
 * export const guard = createGuard({ issuers: [jobs, { issuer: 'https://auth.example.com', audience }] })
 */
export interface IssuerWithVerifier {
  readonly issuer: string
  readonly verifier: Verifier<ProvenClaims>
  /** As with {@link TrustedIssuer}. */
  readonly mapping?: ClaimMapping
  /** As with {@link TrustedIssuer}, but only an in-process source is possible, because the issuer's keys are not known. */
  readonly revocation?: Revocation
}

/** The state of an issuer's keys. */
export interface IssuerHealth extends RemoteKeySetHealth {
  readonly issuer: string
}

/** Everything that a guard needs to check the tokens of one issuer. */
export interface IssuerContext {
  readonly issuer: string | undefined
  readonly verifier: Verifier<ProvenClaims>
  /** Its keys, if they are remote and the guard fetches them itself. */
  readonly keys: RemoteKeySet | undefined
  readonly mapping: ClaimMapping | undefined
  readonly revocation: IssuerRevocation | undefined
  /** The access tokens for its API tokens, if the guard accepts them. */
  readonly accessTokens: AccessTokens | undefined
  /** Finds the user of a legacy token, if the guard is to know the user. */
  readonly loadUser?: (token: string) => Promise<void>
}

/** The options that all issuers of a guard share. */
export interface IssuersOptions extends ApiTokenParts {
  readonly mapping: ClaimMapping | undefined
  readonly revocation: Revocation | undefined
  /** Called after each request for keys. */
  readonly onKeyRequest: (health: IssuerHealth) => void
  /** Called for each event of a status list. */
  readonly onListEvent: (event: StatusListEvent, list: StatusListHealth) => void
}

/** Creates the context of a trusted issuer. Fails with `guard_invalid` and `policy_invalid`. */
export function fromIssuer(trusted: TrustedIssuer, options: IssuersOptions): IssuerContext {
  const { issuer, revocation = options.revocation ?? 'none' } = trusted
  const { fetch, onKeyRequest } = options
  const insecure = trusted.allowInsecureHttp
  const discovered = trusted.keys
    ? undefined
    : issuerKeySet(issuer, {
        clock: options.clock,
        ...(fetch && { fetch }),
        ...(insecure !== undefined && { allowInsecureHttp: insecure }),
        onLookup: (health) => onKeyRequest({ issuer, ...health }),
      })
  const keys = trusted.keys ?? discovered
  if (!keys) throw guardInvalid('it has no keys')
  const clock = recordingClock(trusted.clock ?? options.clock)
  const shared = {
    issuer,
    clock,
    ...(trusted.algorithms
      ? { algorithms: trusted.algorithms, keys }
      : { algorithms: publicAlgorithms, keys: withDefaultAlgorithms(keys) }),
  }
  const context = {
    issuer,
    verifier: createVerifier({ ...policyOf(trusted), ...shared }),
    keys: discovered ?? toRemote(keys),
    mapping: checkedMapping(trusted.mapping ?? options.mapping),
    revocation: createRevocation(revocation, {
      ...options,
      issuer,
      fetch: fetch ?? globalThis.fetch,
      allowInsecureHttp: insecure,
      signer: { verifier: createStatusListVerifier(shared), keys },
      verifiedAt: clock.latest,
      maxLifetime: trusted.maxLifetime ?? 86_400, // the policy's own default
    }),
    accessTokens: accessTokensOf(trusted, options),
  }
  if (insecure !== undefined) warnOfInsecureHttp(issuer, insecure) // once nothing of it is refused
  return context
}

/** Creates the context of an issuer with a verifier of its own. Fails with `guard_invalid`. */
export function fromVerifier(
  verifier: Verifier<ProvenClaims>,
  { issuer, mapping, revocation }: Partial<Omit<IssuerWithVerifier, 'verifier'>>,
  options: IssuersOptions,
): IssuerContext {
  if (typeof verifier?.verify !== 'function')
    throw guardInvalid('it needs a verifier; create one with createVerifier')
  return {
    issuer,
    verifier,
    keys: undefined,
    mapping: checkedMapping(mapping ?? options.mapping),
    revocation: createRevocation(revocation ?? options.revocation ?? 'none', {
      ...options,
      issuer: issuer ?? '',
      fetch: options.fetch ?? globalThis.fetch,
      signer: undefined,
      verifiedAt: () => 0, // an in-process source tracks its own age
      maxLifetime: 0,
    }),
    accessTokens: undefined,
  }
}

function checkedMapping(mapping: ClaimMapping | undefined): ClaimMapping | undefined {
  assertMapping(mapping)
  return mapping
}

/** Prints that an issuer is asked over plain http: in production too, because nothing else would remind the operator. */
function warnOfInsecureHttp(issuer: string, origin: string): void {
  console.warn(
    `countersign: allowInsecureHttp is set: ${origin} is asked for the keys of ${issuer} over plain http, so an attacker on that network can forge tokens`,
  )
}

/** Picks the members of the policy; the options of a guard's only issuer also hold the guard's settings. */
function policyOf(trusted: TrustedIssuer): Pick<Policy, 'issuer' | 'audience'> {
  const members = Object.entries(trusted).filter(([name]) => Object.hasOwn(policyNames, name))
  return Object.fromEntries(members) as unknown as TrustedIssuer // a subset of its own members
}

/** Hides the allowed algorithms from a key set, because the guard was given none: a key without `alg` then has the default of its type. */
function withDefaultAlgorithms(keys: KeySource): KeySource {
  return {
    find: (header) => keys.find(header),
    ...(keys.refresh && { refresh: async () => keys.refresh?.() }),
    removedAt: (kid) => keys.removedAt?.(kid),
  }
}

/** Wraps a clock so that its latest reading can be read again. */
function recordingClock({ now }: Clock): Clock & { latest(): Seconds } {
  let last: Seconds = 0
  return {
    now() {
      last = now()
      return last
    },
    latest: () => last,
  }
}

function toRemote(keys: KeySource): RemoteKeySet | undefined {
  return 'health' in keys && 'refresh' in keys ? (keys as RemoteKeySet) : undefined // only a remote set has both
}
