import {
  isCountersignError,
  type CountersignError,
  type ProvenClaims,
  type Verifier,
} from '@countersign/token'
import { toChallenge } from './challenge.ts'
import { readCredentials, type Credentials } from './credentials.ts'
import { fail, guardFailures, type RefusalCode } from './failures.ts'
import { judgeNeed, type Need } from './need.ts'
import { toPrincipal, type Principal } from './principal.ts'

/** How a guard is made. */
export interface GuardOptions {
  /** Decides whether a token is good. Make it with `createVerifier`: it knows issuer, audience, algorithms and keys. */
  readonly verifier: Verifier<ProvenClaims>
  /** Status for a request without a token: 401 (the default, RFC 6750), or 403 for applications that promise that. */
  readonly missingStatus?: 401 | 403
  /** Names the protected space in the challenge; none by default. */
  readonly realm?: string
}

/** The body of a refusal (RFC 9457): what a program reads is `code`, what a person reads is `message`. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: RefusalCode
  readonly message: string
}

/** The guard lets the request through. */
export interface Allowed {
  readonly allowed: true
  readonly principal: Principal
}

/** The guard's no, complete: an adapter only writes it out. */
export interface Refused {
  readonly allowed: false
  readonly status: 400 | 401 | 403
  readonly headers: Readonly<Record<string, string>>
  readonly problem: Problem
  /** The verifier's own failure, for the log. Tells more than a caller may know. */
  readonly cause?: CountersignError
}

/** Keeps a route to those who may use it. */
export interface Guard {
  /** Allowed or refused; never throws for anything that a caller sent. */
  check(request: Credentials, need?: Need): Allowed | Refused
}

const titles = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden' } as const

/** Makes a guard: verifier, then what the route needs. Hand it to an adapter: `honoGuard(guard)`, `fetchGuard(guard, …)`. */
export function createGuard({ verifier, missingStatus = 401, realm }: GuardOptions): Guard {
  if (typeof verifier?.verify !== 'function') {
    throw fail('guard_invalid', { detail: 'it needs a verifier; make one with createVerifier' })
  }
  if (missingStatus !== 401 && missingStatus !== 403) {
    throw fail('guard_invalid', { detail: 'missingStatus must be 401 or 403' })
  }

  function refuse(code: RefusalCode, need?: Need, cause?: CountersignError): Refused {
    const { message, status: usual } = guardFailures[code]
    const status = code === 'token_missing' ? missingStatus : usual
    return {
      allowed: false,
      status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'www-authenticate': toChallenge(code, realm, need),
      },
      problem: { type: 'about:blank', title: titles[status], status, code, message },
      ...(cause === undefined ? {} : { cause }),
    }
  }

  return Object.freeze({
    check(request: Credentials, need?: Need): Allowed | Refused {
      const presented = readCredentials(request)
      if (presented.kind === 'missing') return refuse('token_missing')
      if (presented.kind === 'malformed') return refuse('authorization_malformed')
      let principal: Principal
      try {
        principal = toPrincipal(verifier.verify(presented.token))
      } catch (cause) {
        if (!isCountersignError(cause)) throw cause // a bug, not a bad token; the framework answers 500 and nobody gets in
        return refuse(
          cause.code === 'token_expired' ? 'token_expired' : 'token_invalid',
          need,
          cause,
        )
      }
      const verdict = judgeNeed(principal, need)
      return verdict === 'met' ? { allowed: true, principal } : refuse(verdict, need)
    },
  })
}
