import {
  isCountersignError,
  type Clock,
  type CountersignError,
  type ProvenClaims,
  type VerifiedToken,
} from '@countersign/token'
import { parseClaims, type ClaimsSchema } from './claims-schema.ts'
import { fail, type RefusalCode } from './failures.ts'
import type { WatchedList } from './watched-list.ts'
import type { Issuers } from './issuers.ts'
import { judgeNeed, type Need } from './need.ts'
import { toPrincipal, type Principal } from './principal.ts'
import type { Allowed } from './answer.ts'
import type { IssuerRevocation, StatusReference } from './revocation.ts'

/** A token that is not let through, and why. */
export interface Fault {
  readonly allowed: false
  readonly code: RefusalCode
  readonly cause?: CountersignError
  /** Who it is, when it is the need that is not met. */
  readonly principal?: Principal<unknown>
  /** The status list to load before the token is judged again, when it is the status that nobody knows. */
  readonly list?: WatchedList | undefined
}

/** What a token is good for. */
export type TokenVerdict<C> = Allowed<Principal<C>> | Fault

/** Judges a token at once, with what is in memory; a promise only when keys or a status list must be looked up first. */
export type JudgeToken<C> = (
  token: string,
  need: Need | undefined,
) => TokenVerdict<C> | Promise<TokenVerdict<C>>

/** What tokens are judged with. */
export interface JudgeOptions<C> {
  readonly issuers: Issuers
  readonly schema: ClaimsSchema<C> | undefined
  readonly clock: Clock
}

/** A token that is good but for its status, which may change with every look. */
interface Made<C> {
  readonly allowed: Allowed<Principal<C>>
  readonly status: StatusReference | undefined
}

/** Makes principals of verified tokens: once for each, where the verifier remembers tokens and gives the same frozen object again. */
function createMake<C>({ issuers, schema }: Pick<JudgeOptions<C>, 'issuers' | 'schema'>) {
  const remembered = new WeakMap<object, Made<C>>()
  return (token: VerifiedToken<ProvenClaims>, revocation: IssuerRevocation | undefined) => {
    const known = remembered.get(token)
    if (known) return known
    assertUnbound(token.claims)
    // without a schema C is ProvenClaims, which the signature of createGuard says
    const claims = schema ? parseClaims(token.claims, schema) : (token.claims as C)
    const principal = toPrincipal(token, claims, issuers)
    const made: Made<C> = {
      allowed: Object.freeze({ allowed: true, principal } as const),
      status: revocation?.referenceOf(token.claims),
    }
    if (Object.isFrozen(token)) remembered.set(token, made)
    return made
  }
}

/** Makes the judge of one guard: issuer, verifier, schema, status, need, in that order. */
export function createJudge<C>({ issuers, schema, clock }: JudgeOptions<C>): JudgeToken<C> {
  const make = createMake({ issuers, schema })

  function judgeNow(token: string, need: Need | undefined, tried: Tried): TokenVerdict<C> {
    let made: Made<C> | undefined
    try {
      const { verifier, revocation } = issuers.issuerFor(token)
      made = make(verifier.verify(token), revocation)
      if (made.status) revocation?.assertGood(made.status, tried === 'status')
    } catch (cause) {
      // a bug, not a bad token: the framework answers 500 and nobody gets in
      if (!isCountersignError(cause) || cause.code === 'guard_invalid') throw cause
      return { allowed: false, code: codeOf(cause), cause, list: made?.status?.list }
    }
    const { allowed } = made
    if (need === undefined) return allowed
    const verdict = judgeNeed(allowed.principal, need, clock.now())
    return verdict === 'met'
      ? allowed
      : { allowed: false, code: verdict, principal: allowed.principal }
  }

  /** Judges, and once more after each look-up that may change the verdict: keys first, then the status list. */
  function judge(token: string, need: Need | undefined, tried: Tried): ReturnType<JudgeToken<C>> {
    const verdict = judgeNow(token, need, tried)
    if (verdict.allowed || verdict.cause === undefined) return verdict
    const next = nextLookUp(verdict.cause, tried)
    if (next === 'nothing') return verdict
    const { verifier } = issuers.issuerFor(token)
    const flight = next === 'keys' ? verifier.refreshKeys?.() : verdict.list?.refresh()
    if (!flight) return next === 'keys' ? verdict : judge(token, need, next)
    return flight.then(again, again)

    function again(error: unknown): ReturnType<JudgeToken<C>> {
      if (error !== undefined && !isCountersignError(error)) throw error
      return judge(token, need, next)
    }
  }

  return (token, need) => judge(token, need, 'nothing')
}

/** What has been looked up for a token so far. */
type Tried = 'nothing' | 'keys' | 'status'

function nextLookUp({ code }: CountersignError, tried: Tried): Tried {
  if (tried === 'status') return 'nothing'
  if (code === 'revocation_unknown') return 'status'
  const lacksKey = code === 'key_unknown' || code === 'key_set_unavailable'
  return lacksKey && tried === 'nothing' ? 'keys' : 'nothing'
}

/**
 * Refuses a token that its issuer bound to a key (RFC 7800): whoever shows it must prove the key, and here it came with nothing but
 * itself, as stolen ones do (RFC 9449, section 7.2; RFC 8705, section 3). Whatever `cnf` holds, it is not ignored.
 */
function assertUnbound({ cnf }: ProvenClaims): void {
  if (cnf === undefined) return
  const members = typeof cnf === 'object' && cnf !== null ? Object.keys(cnf) : []
  throw fail('token_bound', { facts: { members } })
}

/** What the caller is told. An issuer that cannot be asked says nothing about the token. */
function codeOf({ code }: CountersignError): RefusalCode {
  if (code === 'key_set_unavailable') return 'issuer_unreachable'
  return toldApart.find((one) => one === code) ?? 'token_invalid'
}

const toldApart = ['token_expired', 'token_revoked', 'revocation_unknown'] as const
