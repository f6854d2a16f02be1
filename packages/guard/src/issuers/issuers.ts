import {
  inspect,
  isCountersignError,
  type Clock,
  type Explanation,
  type ProvenClaims,
} from '@countersign/token'
import {
  failures,
  smallDifference,
  toPrintableText,
  systemTimer,
  tokenFailures,
} from '@countersign/token/internal'
import { noApiTokens, type AccessTokens } from '../api-tokens/access-tokens.ts'
import { isApiToken } from '../api-tokens/access-tokens.ts'
import { explainApiToken } from '../api-tokens/explain-api-token.ts'
import { emit } from '../events.ts'
import { guardInvalid } from '../failures.ts'
import { assertIssuer, type GuardOptions } from '../options.ts'
import type { TokenStatus } from '../revocation/check-revocation.ts'
import type { StatusListHealth } from '../revocation/status-lists.ts'
import { fromLegacyTokens, isLegacy } from './legacy-tokens.ts'
import {
  fromIssuer,
  fromVerifier,
  type IssuerContext,
  type IssuerHealth,
  type IssuersOptions,
} from './issuer-context.ts'

/** The state of a guard, for health checks. */
export interface GuardHealth {
  /** True if every issuer's keys are usable and every status list is current. */
  readonly usable: boolean
  readonly issuers: readonly IssuerHealth[]
  /** The status lists that tokens have named so far; none without `revocation`. */
  readonly lists: readonly StatusListHealth[]
}

/** The issuers that one guard trusts. */
export interface Issuers {
  /** Their URLs; none if a verifier was passed in. */
  readonly urls: readonly string[]
  /** Returns the only issuer that may have issued a token. Fails with the codes of a token's form, and with `issuer_wrong`. */
  issuerFor(token: string): IssuerContext
  /** The access tokens for the API tokens that the guard accepts. */
  readonly accessTokens: AccessTokens
  /** Returns the revocation status of a verified token, by its issuer; `undefined` for a token that needs none. */
  statusOf(claims: ProvenClaims): TokenStatus | undefined
  /** Explains the verification of a token, or of an API token, check by check. */
  explain(token: string): Explanation
  /** Loads every issuer's keys. Fails with `key_set_unavailable`. */
  ready(): Promise<void>
  health(): GuardHealth
  /** True if tokens of any issuer are checked for revocation. */
  readonly checksRevocation: boolean
  /** The state of the status lists. */
  lists(): readonly StatusListHealth[]
  /** Stops synchronizing status lists. */
  close(): void
}

/** Creates the issuers of a guard. Fails with `guard_invalid` and `policy_invalid`. */
export function createIssuers<C>(options: GuardOptions<C>, clock: Clock): Issuers {
  const shared = sharedOptions(options, clock)
  if ('verifier' in options) {
    const only = fromVerifier(options.verifier, {}, shared)
    return withLegacyTokens({ ...toIssuers(only, new Map([['', only]])), urls: [] }, options, clock)
  }
  const list = 'issuers' in options ? options.issuers : [options]
  if (!Array.isArray(list) || !list.every(({ issuer }) => typeof issuer === 'string'))
    throw guardInvalid('it needs an issuer, several issuers or a verifier')
  if ('issuers' in options) list.forEach(assertIssuer)
  const contexts = list.map((one) =>
    'verifier' in one ? fromVerifier(one.verifier, one, shared) : fromIssuer(one, shared),
  )
  const byUrl = new Map(contexts.map((one) => [one.issuer ?? '', one]))
  const [first] = contexts
  if (!first || byUrl.size !== contexts.length)
    throw guardInvalid('it needs one or more issuers, each of them once')
  if (contexts.filter(({ accessTokens }) => accessTokens).length > 1)
    throw guardInvalid(
      'one issuer at most may have apiTokens: an API token does not name its issuer',
    )
  return withLegacyTokens(toIssuers(first, byUrl), options, clock)
}

/** Adds legacy tokens to the issuers. Their algorithm distinguishes them, because those of PyJWT name no issuer. */
function withLegacyTokens<C>(
  issuers: Issuers,
  { legacyTokens, mapping, onEvent }: GuardOptions<C>,
  clock: Clock,
): Issuers {
  if (!legacyTokens) return issuers
  const legacy = fromLegacyTokens(legacyTokens, { clock, mapping, onEvent })
  return {
    ...issuers,
    issuerFor: (token) => (isLegacy(token) ? legacy : issuers.issuerFor(token)),
    statusOf: (claims) => (legacy.hasVerified(claims) ? undefined : issuers.statusOf(claims)),
    explain: (token) => (isLegacy(token) ? legacy.verifier.explain(token) : issuers.explain(token)),
  }
}

function sharedOptions<C>(options: GuardOptions<C>, clock: Clock): IssuersOptions {
  const { fetch, timer = systemTimer, mapping, revocation, onEvent } = options
  return {
    clock,
    timer,
    fetch,
    mapping,
    revocation,
    onKeyRequest: (health) => emit(onEvent, { kind: 'keys', health }),
    onExchange(outcome) {
      const problem = 'problem' in outcome ? outcome.problem : undefined
      emit(onEvent, { kind: 'exchange', outcome: outcome.kind, problem })
    },
    onListEvent: (event, list) => emit(onEvent, { kind: 'revocation', event, list }),
  }
}

type ByUrl = ReadonlyMap<string, IssuerContext>

function toIssuers(first: IssuerContext, byUrl: ByUrl): Issuers {
  const all = [...byUrl.values()]
  const alone = all.length === 1
  const remote = all.flatMap(({ issuer, keys }) => (keys && issuer ? [{ issuer, keys }] : []))
  const issuerOf = ({ iss }: ProvenClaims) => (alone ? first : byUrl.get(iss ?? ''))
  const lists = () => all.flatMap(({ revocation }) => revocation?.health() ?? [])
  const accessTokens = all.find((one) => one.accessTokens)?.accessTokens ?? noApiTokens
  const explain = (token: string) => explainToken(token, byUrl, first)
  return {
    urls: [...byUrl.keys()],
    accessTokens,
    issuerFor: alone ? () => first : (token) => selectIssuer(token, byUrl),
    statusOf: (claims) => issuerOf(claims)?.revocation?.statusOf(claims),
    explain: (credential) =>
      isApiToken(credential)
        ? explainApiToken(credential, accessTokens, explain)
        : explain(credential),
    async ready() {
      await Promise.all(all.map(({ verifier }) => verifier.refreshKeys?.()))
    },
    health: () =>
      toHealth(
        remote.map(({ issuer, keys }) => ({ issuer, ...keys.health() })),
        lists(),
      ),
    checksRevocation: all.some(({ revocation }) => revocation !== undefined),
    lists,
    close() {
      for (const { revocation } of all) revocation?.close()
    },
  }
}

function toHealth(
  issuers: readonly IssuerHealth[],
  lists: readonly StatusListHealth[],
): GuardHealth {
  const usable = issuers.every((one) => one.usable) && lists.every(({ current }) => current)
  return { usable, issuers, lists }
}

const failToken = failures(tokenFailures)

/** Selects the issuer that a token claims, compared whole. The claim is trusted only once that issuer's own verifier has verified the token. */
function selectIssuer(token: string, byUrl: ByUrl): IssuerContext {
  const { iss } = inspect(token).claims
  const issuer = typeof iss === 'string' ? byUrl.get(iss) : undefined
  if (!issuer) throw failToken('issuer_wrong', { facts: { expected: [...byUrl.keys()] } })
  return issuer
}

/** Explains a token of an unknown issuer by that, and an unreadable one by any verifier, because they all explain it alike. */
function explainToken(token: string, byUrl: ByUrl, { verifier: any }: IssuerContext): Explanation {
  try {
    return (byUrl.size === 1 ? any : selectIssuer(token, byUrl).verifier).explain(token)
  } catch (error) {
    if (!isCountersignError(error)) throw error
    if (error.code !== 'issuer_wrong') return any.explain(token)
  }
  const { iss } = inspect(token).claims
  const urls = [...byUrl.keys()]
  const check = {
    name: 'issuer',
    verdict: 'failed',
    expected: urls.join(' or '),
    found: toPrintableText(iss),
    likelyCause: smallDifference(iss, urls) ?? 'a token of another issuer or environment',
  } as const
  return { accepted: false, code: 'issuer_wrong', checks: [check] }
}
