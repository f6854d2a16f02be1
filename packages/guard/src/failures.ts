import { failures } from '@countersign/token'

/** What a guard may answer: its status, its sentence and, where RFC 6750 has a word for it, the challenge's `error`. */
interface GuardFailure {
  readonly status: 400 | 401 | 403 | 500
  readonly challenge?: 'invalid_request' | 'invalid_token' | 'insufficient_scope'
  readonly message: string
}

/**
 * Every refusal of a guard (RFC 6750, section 3.1). What an outsider may learn is decided here: each fault of a token
 * but its expiry is `token_invalid` to the caller, and its true code goes to the operator.
 */
export const guardFailures = {
  token_missing: { status: 401, message: 'Token is missing!' },
  token_expired: { status: 401, challenge: 'invalid_token', message: 'Token has expired!' },
  token_invalid: { status: 401, challenge: 'invalid_token', message: 'Invalid token!' },
  authorization_malformed: {
    status: 400,
    challenge: 'invalid_request',
    message: 'The Authorization header must be sent once, as "Bearer", one space and the token',
  },
  scope_missing: {
    status: 403,
    challenge: 'insufficient_scope',
    message: 'The token does not carry the scope that this route needs',
  },
  principal_missing: {
    status: 500,
    message: 'No guard let this request through, so nobody is known to be calling',
  },
  guard_invalid: { status: 500, message: 'The guard cannot be made' },
} as const satisfies Readonly<Record<string, GuardFailure>>

/** A refusal that a caller can meet. */
export type RefusalCode = Exclude<keyof typeof guardFailures, 'principal_missing' | 'guard_invalid'>

/** Makes a failure of this package. */
export const fail = failures(guardFailures)
