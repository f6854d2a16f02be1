import {
  isCountersignError,
  type Clock,
  type CountersignError,
  type ProvenClaims,
  type VerifiedToken,
} from '@countersign/token'
import { parseClaims, type ClaimsSchema } from './claims-schema.ts'
import { fail, type RefusalCode } from './failures.ts'
import type { Issuers } from './issuers.ts'
import { judgeNeed, type Need } from './need.ts'
import { toPrincipal, type Principal } from './principal.ts'

/** The guard lets the request through. */
export interface Allowed<P extends Principal<unknown> | undefined = Principal> {
  readonly allowed: true
  /** Who is calling; `undefined` for a request without a token, where those are let through. */
  readonly principal: P
}

/** A token that is not let through, and why. */
export interface Fault {
  readonly allowed: false
  readonly code: RefusalCode
  readonly cause?: CountersignError
  /** Who it is, when it is the need that is not met. */
  readonly principal?: Principal<unknown>
}

/** What a token is good for. */
export type TokenVerdict<C> = Allowed<Principal<C>> | Fault

/** Judges a token at once, with what is in memory; a promise only when keys must be looked up first. */
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

/** Makes the judge of one guard: issuer, verifier, schema, need, in that order. */
export function createJudge<C>({ issuers, schema, clock }: JudgeOptions<C>): JudgeToken<C> {
  // A verifier that remembers tokens gives the same frozen object again: so is the principal made once.
  const made = new WeakMap<object, Allowed<Principal<C>>>()

  function allow(token: VerifiedToken<ProvenClaims>): Allowed<Principal<C>> {
    const known = made.get(token)
    if (known) return known
    assertUnbound(token.claims)
    // without a schema C is ProvenClaims, which the signature of createGuard says
    const claims = schema ? parseClaims(token.claims, schema) : (token.claims as C)
    const allowed = Object.freeze({
      allowed: true,
      principal: toPrincipal(token, claims, issuers),
    } as const)
    if (Object.isFrozen(token)) made.set(token, allowed)
    return allowed
  }

  function judgeNow(token: string, need: Need | undefined): TokenVerdict<C> {
    let allowed: Allowed<Principal<C>>
    try {
      allowed = allow(issuers.verifierFor(token).verify(token))
    } catch (cause) {
      // a bug, not a bad token: the framework answers 500 and nobody gets in
      if (!isCountersignError(cause) || cause.code === 'guard_invalid') throw cause
      return { allowed: false, code: codeOf(cause), cause }
    }
    if (need === undefined) return allowed
    const verdict = judgeNeed(allowed.principal, need, clock.now())
    return verdict === 'met'
      ? allowed
      : { allowed: false, code: verdict, principal: allowed.principal }
  }

  return (token, need) => {
    const verdict = judgeNow(token, need)
    if (verdict.allowed || !lacksKey(verdict)) return verdict
    const { refreshKeys } = issuers.verifierFor(token)
    return refreshKeys ? refreshKeys().then(again, again) : verdict

    function again(error: unknown): TokenVerdict<C> {
      if (error !== undefined && !isCountersignError(error)) throw error
      return judgeNow(token, need)
    }
  }
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

function lacksKey({ cause }: Fault): boolean {
  return cause?.code === 'key_unknown' || cause?.code === 'key_set_unavailable'
}

/** What the caller is told. An issuer that cannot be asked says nothing about the token. */
function codeOf({ code }: CountersignError): RefusalCode {
  if (code === 'key_set_unavailable') return 'issuer_unreachable'
  return code === 'token_expired' ? 'token_expired' : 'token_invalid'
}
