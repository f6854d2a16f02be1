import {
  inspect,
  isCountersignError,
  type Explanation,
  type ProvenClaims,
  type Verifier,
} from '@countersign/token'
import {
  failures,
  smallDifference,
  toPrintableText,
  tokenFailures,
} from '@countersign/token/internal'
import { assertIssuer } from './assert-options.ts'
import {
  believeIssuer,
  believeVerifier,
  type BelievedIssuer,
  type IssuerHealth,
  type IssuersOptions,
  type OwnVerifier,
  type TrustedIssuer,
} from './believed-issuer.ts'
import { fail } from './failures.ts'
import type { StatusListHealth } from './watched-list.ts'

/** Whom a guard believes: a verifier, one issuer, or several. */
export type Trusted =
  | { readonly verifier: Verifier<ProvenClaims> }
  | TrustedIssuer
  | { readonly issuers: readonly (TrustedIssuer | OwnVerifier)[] }

/** The issuers of one guard. */
export interface Issuers {
  /** Their URLs; none where a verifier was handed over. */
  readonly urls: readonly string[]
  /** The one issuer that a token may be of. Fails with the codes of a token's form, and with `issuer_wrong`. */
  issuerFor(token: string): BelievedIssuer
  /** The one that has issued a verified token. */
  issuerOf(claims: ProvenClaims): BelievedIssuer | undefined
  /** What its verifier did with a token, check by check. */
  explain(token: string): Explanation
  /** Looks up every issuer's keys. Fails with `key_set_unavailable`. */
  ready(): Promise<void>
  /** The keys that are far away. */
  health(): readonly IssuerHealth[]
  /** Whether revoked tokens of any of them are looked for. */
  readonly follows: boolean
  /** The status lists that are followed. */
  lists(): readonly StatusListHealth[]
  /** Follows no list any more. */
  close(): void
}

/** Makes the issuers of a guard. Fails with `guard_invalid` and `policy_invalid`. */
export function createIssuers(trusted: Trusted, options: IssuersOptions): Issuers {
  if ('verifier' in trusted) {
    const only = believeVerifier(trusted.verifier, {}, options)
    return { ...toIssuers(only, new Map([['', only]])), urls: [] }
  }
  const list = 'issuers' in trusted ? trusted.issuers : [trusted]
  if (!Array.isArray(list) || !list.every(({ issuer }) => typeof issuer === 'string'))
    throw fail('guard_invalid', { detail: 'it needs an issuer, several issuers or a verifier' })
  if ('issuers' in trusted) list.forEach(assertIssuer)
  const believed = list.map((one) =>
    'verifier' in one ? believeVerifier(one.verifier, one, options) : believeIssuer(one, options),
  )
  const byIssuer = new Map(believed.map((one) => [one.issuer ?? '', one]))
  const [first] = believed
  if (!first || byIssuer.size !== believed.length)
    throw fail('guard_invalid', { detail: 'it needs one or more issuers, each of them once' })
  return toIssuers(first, byIssuer)
}

type ByIssuer = ReadonlyMap<string, BelievedIssuer>

function toIssuers(first: BelievedIssuer, byIssuer: ByIssuer): Issuers {
  const all = [...byIssuer.values()]
  const alone = all.length === 1
  const remote = all.flatMap(({ issuer, keys }) => (keys && issuer ? [{ issuer, keys }] : []))
  return {
    urls: [...byIssuer.keys()],
    issuerFor: alone ? () => first : (token) => chosen(token, byIssuer),
    issuerOf: alone ? () => first : ({ iss }) => byIssuer.get(iss ?? ''),
    explain: (token) => explainChosen(token, byIssuer, first),
    async ready() {
      await Promise.all(all.map(({ verifier }) => verifier.refreshKeys?.()))
    },
    health: () => remote.map(({ issuer, keys }) => ({ issuer, ...keys.health() })),
    follows: all.some(({ revocation }) => revocation !== undefined),
    lists: () => all.flatMap(({ revocation }) => revocation?.health() ?? []),
    close() {
      for (const { revocation } of all) revocation?.close()
    },
  }
}

const failToken = failures(tokenFailures)

/** Which issuer a token claims, compared whole. It is only believed once that issuer's own verifier has proven it. */
function chosen(token: string, byIssuer: ByIssuer): BelievedIssuer {
  const { iss } = inspect(token).claims
  const issuer = typeof iss === 'string' ? byIssuer.get(iss) : undefined
  if (!issuer) throw failToken('issuer_wrong', { facts: { expected: [...byIssuer.keys()] } })
  return issuer
}

/** A token that no issuer is chosen for is explained by that; one that cannot be read, by any verifier alike. */
function explainChosen(
  token: string,
  byIssuer: ByIssuer,
  { verifier: any }: BelievedIssuer,
): Explanation {
  try {
    return (byIssuer.size === 1 ? any : chosen(token, byIssuer).verifier).explain(token)
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
    found: toPrintableText(iss),
    likelyCause: smallDifference(iss, urls) ?? 'a token of another issuer or environment',
  } as const
  return { accepted: false, code: 'issuer_wrong', checks: [check] }
}
