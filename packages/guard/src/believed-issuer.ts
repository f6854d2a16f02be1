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
  type Timer,
} from '@countersign/token/internal'
import { fail } from './failures.ts'
import type { ListNews, StatusListHealth } from './watched-list.ts'
import { createRevocation, type IssuerRevocation, type Revocation } from './revocation.ts'

/** An issuer that a guard believes, and what its tokens must satisfy. Its URL and an audience are enough. */
export interface TrustedIssuer extends Omit<Policy, 'algorithms' | 'keys'> {
  /** Default: the issuer's key set, found through its metadata (RFC 8414, OpenID Connect Discovery). */
  readonly keys?: KeySource
  /** Default: every public-key algorithm. That is safe, for each key is good for one of them only. */
  readonly algorithms?: readonly Algorithm[]
  /** Whether its revoked tokens are refused; default: what the guard's own setting says, and without one they are not. */
  readonly revocation?: Revocation
}

/** An issuer whose tokens a verifier of the program's own judges, such as one made with `createLegacyVerifier`. */
export interface OwnVerifier {
  readonly issuer: string
  readonly verifier: Verifier<ProvenClaims>
  /** As with {@link TrustedIssuer}; only a source in this process will do, for the issuer's keys are not known. */
  readonly revocation?: Revocation
}

/** How the keys of an issuer are doing. */
export interface IssuerHealth extends RemoteKeySetHealth {
  readonly issuer: string
}

/** What a guard knows of one issuer. */
export interface BelievedIssuer {
  readonly issuer: string | undefined
  readonly verifier: Verifier<ProvenClaims>
  /** Its keys, where they are far away and the guard looks them up itself. */
  readonly keys: RemoteKeySet | undefined
  readonly revocation: IssuerRevocation | undefined
}

/** What issuers share. */
export interface IssuersOptions {
  readonly clock: Clock
  readonly timer: Timer
  readonly fetch: typeof fetch | undefined
  readonly revocation: Revocation | undefined
  /** Told after each request for keys. */
  readonly onLookup: (health: IssuerHealth) => void
  /** Told of what happens to status lists. */
  readonly onNews: (news: ListNews, list: StatusListHealth) => void
}

/** Believes an issuer. Fails with `guard_invalid` and `policy_invalid`. */
export function believeIssuer(one: TrustedIssuer, options: IssuersOptions): BelievedIssuer {
  const { issuer, revocation = options.revocation ?? 'none' } = one
  const { fetch, onLookup } = options
  const found = one.keys
    ? undefined
    : issuerKeySet(issuer, {
        clock: options.clock,
        ...(fetch && { fetch }),
        onLookup: (health) => onLookup({ issuer, ...health }),
      })
  const keys = one.keys ?? found
  if (!keys) throw fail('guard_invalid')
  const clock = remembering(one.clock ?? options.clock)
  const shared = { issuer, algorithms: one.algorithms ?? publicAlgorithms, keys, clock }
  return {
    issuer,
    verifier: createVerifier({ ...membersOf(one), ...shared }),
    keys: found ?? toRemote(keys),
    revocation: createRevocation(revocation, {
      ...options,
      issuer,
      fetch: fetch ?? globalThis.fetch,
      lists: { verifier: createStatusListVerifier(shared), keys },
      judgedAt: clock.latest,
      maxLifetime: one.maxLifetime ?? 86_400, // the policy's own default
    }),
  }
}

/** Believes what a verifier believes. Fails with `guard_invalid`. */
export function believeVerifier(
  verifier: Verifier<ProvenClaims>,
  { issuer, revocation }: Partial<Pick<OwnVerifier, 'issuer' | 'revocation'>>,
  options: IssuersOptions,
): BelievedIssuer {
  if (typeof verifier?.verify !== 'function')
    throw fail('guard_invalid', { detail: 'it needs a verifier; make one with createVerifier' })
  return {
    issuer,
    verifier,
    keys: undefined,
    revocation: createRevocation(revocation ?? options.revocation ?? 'none', {
      ...options,
      issuer: issuer ?? '',
      fetch: options.fetch ?? globalThis.fetch,
      lists: undefined,
      judgedAt: () => 0, // a source knows by itself how old its knowledge is
      maxLifetime: 0,
    }),
  }
}

/** What its tokens must satisfy, of all that is said of an issuer; beside the only one of a guard stand the guard's settings. */
function membersOf(one: TrustedIssuer): Pick<Policy, 'issuer' | 'audience'> {
  const members = Object.entries(one).filter(([name]) => Object.hasOwn(policyNames, name))
  return Object.fromEntries(members) as unknown as TrustedIssuer // whose members they are
}

/** A clock that can say again what it said last. */
function remembering({ now }: Clock): Clock & { latest(): Seconds } {
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
