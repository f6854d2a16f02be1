import type { CountersignError } from '@countersign/token'
import type { RefusalCode } from './failures.ts'
import type { Principal } from './principal.ts'

/** The request is admitted. */
export interface Allowed<P extends Principal<unknown> | undefined = Principal> {
  readonly allowed: true
  /** The caller; `undefined` for a request without a token on an optional route. */
  readonly principal: P
}

/** The request is denied: the code for the caller, and the failure beneath it for the operator. */
export interface Denied {
  readonly allowed: false
  readonly code: RefusalCode
  readonly cause?: CountersignError
  /** The caller, if the token is good but does not meet the requirements of the route. */
  readonly principal?: Principal<unknown>
}

/** The outcome of the steps before `respond`. */
export type Decision<C> = Allowed<Principal<C>> | Denied

// The only failures of a token that a caller can distinguish from `token_invalid`.
const distinctCodes = [
  'token_expired',
  'token_revoked',
  'revocation_unknown',
  'exchange_unavailable',
  'proof_invalid',
  'proof_nonce_required',
] as const

/** Turns the failure of a step into a denial, and hides its exact code from the caller. */
export function toDenied(cause: CountersignError): Denied {
  return { allowed: false, code: refusalCodeOf(cause), cause }
}

/** An unreachable issuer is a 503, and one that names itself otherwise a 500: neither says anything about the token. */
function refusalCodeOf({ code }: CountersignError): RefusalCode {
  if (code === 'key_set_unavailable') return 'issuer_unreachable'
  if (code === 'issuer_mismatch') return code
  if (code === 'legacy_user_unavailable') return 'revocation_unknown'
  return distinctCodes.find((one) => one === code) ?? 'token_invalid'
}
