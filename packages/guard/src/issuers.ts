import {
  algorithms,
  createVerifier,
  failures,
  inspect,
  isCountersignError,
  issuerKeySet,
  nearMiss,
  printable,
  tokenFailures,
  type Algorithm,
  type Clock,
  type Explanation,
  type KeySource,
  type Policy,
  type ProvenClaims,
  type RemoteKeySet,
  type RemoteKeySetHealth,
  type Verifier,
} from '@countersign/token'
import { fail } from './failures.ts'

/** An issuer that a guard believes, and what its tokens must satisfy. Its URL and an audience are enough. */
export interface TrustedIssuer extends Omit<Policy, 'algorithms' | 'keys'> {
  /** Default: the issuer's key set, found through its metadata (RFC 8414, OpenID Connect Discovery). */
  readonly keys?: KeySource
  /** Default: every public-key algorithm. That is safe, for each key is good for one of them only. */
  readonly algorithms?: readonly Algorithm[]
}

/** An issuer whose tokens a verifier of the program's own judges, such as one made with `createLegacyVerifier`. */
export interface OwnVerifier {
  readonly issuer: string
  readonly verifier: Verifier<ProvenClaims>
}

/** Whom a guard believes: a verifier, one issuer, or several. */
export type Trusted =
  | { readonly verifier: Verifier<ProvenClaims> }
  | TrustedIssuer
  | { readonly issuers: readonly (TrustedIssuer | OwnVerifier)[] }

/** How the keys of an issuer are doing. */
export interface IssuerHealth extends RemoteKeySetHealth {
  readonly issuer: string
}

/** The issuers of one guard. */
export interface Issuers {
  /** Their URLs; none where a verifier was handed over. */
  readonly urls: readonly string[]
  /** The one verifier that may judge a token. Fails with the codes of a token's form, and with `issuer_wrong`. */
  verifierFor(token: string): Verifier<ProvenClaims>
  /** What that verifier did with a token, check by check. */
  explain(token: string): Explanation
  /** Looks up every issuer's keys. Fails with `key_set_unavailable`. */
  ready(): Promise<void>
  /** The keys that are far away. */
  health(): readonly IssuerHealth[]
}

/** What issuers share. */
export interface IssuersOptions {
  readonly clock: Clock
  readonly fetch: typeof fetch | undefined
  /** Told after each request for keys. */
  readonly onLookup: (health: IssuerHealth) => void
}

/** Makes the issuers of a guard. Fails with `guard_invalid` and `policy_invalid`. */
export function createIssuers(trusted: Trusted, options: IssuersOptions): Issuers {
  if ('verifier' in trusted) return oneVerifier(assertVerifier(trusted.verifier))
  const list = 'issuers' in trusted ? trusted.issuers : [trusted]
  if (!Array.isArray(list) || !list.every(({ issuer }) => typeof issuer === 'string'))
    throw fail('guard_invalid', { detail: 'it needs an issuer, several issuers or a verifier' })
  const known = list.map((one) => toKnown(one, options))
  const byIssuer = new Map(known.map((one) => [one.issuer, one.verifier]))
  const [first] = known
  if (!first || byIssuer.size !== known.length)
    throw fail('guard_invalid', { detail: 'it needs one or more issuers, each of them once' })
  const remote = known.flatMap(({ issuer, keys }) => (keys ? [{ issuer, keys }] : []))
  return {
    urls: [...byIssuer.keys()],
    verifierFor: known.length === 1 ? () => first.verifier : (token) => chosen(token, byIssuer),
    explain: (token) => explainChosen(token, byIssuer, first.verifier),
    async ready() {
      await Promise.all(known.map(({ verifier }) => verifier.refreshKeys?.()))
    },
    health: () => remote.map(({ issuer, keys }) => ({ issuer, ...keys.health() })),
  }
}

function oneVerifier(verifier: Verifier<ProvenClaims>): Issuers {
  return {
    urls: [],
    verifierFor: () => verifier,
    explain: (token) => verifier.explain(token),
    async ready() {
      await verifier.refreshKeys?.()
    },
    health: () => [],
  }
}

interface Known {
  readonly issuer: string
  readonly verifier: Verifier<ProvenClaims>
  readonly keys: RemoteKeySet | undefined
}

function toKnown(
  one: TrustedIssuer | OwnVerifier,
  { clock, fetch, onLookup }: IssuersOptions,
): Known {
  const { issuer } = one
  if ('verifier' in one) return { issuer, verifier: assertVerifier(one.verifier), keys: undefined }
  const found = one.keys
    ? undefined
    : issuerKeySet(issuer, {
        clock,
        ...(fetch && { fetch }),
        onLookup: (health) => onLookup({ issuer, ...health }),
      })
  const keys = one.keys ?? found
  if (!keys) throw fail('guard_invalid')
  const policy = { clock, algorithms: publicAlgorithms, ...one, keys }
  return { issuer, verifier: createVerifier(policy), keys: found ?? toRemote(keys) }
}

const publicAlgorithms = Object.entries(algorithms).flatMap(
  ([name, { kty }]) => (kty === 'oct' ? [] : [name as Algorithm]), // the keys of the table are its algorithms
)

function toRemote(keys: KeySource): RemoteKeySet | undefined {
  return 'health' in keys && 'refresh' in keys ? (keys as RemoteKeySet) : undefined // only a remote set has both
}

const failToken = failures(tokenFailures)

/** Which issuer a token claims, compared whole. It is only believed once that issuer's own verifier has proven it. */
function chosen(
  token: string,
  byIssuer: ReadonlyMap<string, Verifier<ProvenClaims>>,
): Verifier<ProvenClaims> {
  const { iss } = inspect(token).claims
  const verifier = typeof iss === 'string' ? byIssuer.get(iss) : undefined
  if (!verifier) throw failToken('issuer_wrong', { facts: { expected: [...byIssuer.keys()] } })
  return verifier
}

/** A token that no issuer is chosen for is explained by that; one that cannot be read, by any verifier alike. */
function explainChosen(
  token: string,
  byIssuer: ReadonlyMap<string, Verifier<ProvenClaims>>,
  any: Verifier<ProvenClaims>,
): Explanation {
  try {
    return (byIssuer.size === 1 ? any : chosen(token, byIssuer)).explain(token)
  } catch (error) {
    if (!isCountersignError(error)) throw error
    if (error.code !== 'issuer_wrong') return any.explain(token)
  }
  const { iss } = inspect(token).claims
  const urls = [...byIssuer.keys()]
  const check = {
    name: 'issuer',
    verdict: 'failed',
    expected: urls.join(' or '),
    found: printable(iss),
    likelyCause: nearMiss(iss, urls) ?? 'a token of another issuer or environment',
  } as const
  return { accepted: false, code: 'issuer_wrong', checks: [check] }
}

function assertVerifier(verifier: Verifier<ProvenClaims>): Verifier<ProvenClaims> {
  if (typeof verifier?.verify === 'function') return verifier
  throw fail('guard_invalid', { detail: 'it needs a verifier; make one with createVerifier' })
}
