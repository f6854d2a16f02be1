import { isCountersignError, type ProvenClaims } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { fail } from '../failures.ts'
import type { Principal } from '../principal.ts'
import type { StatusListView } from './status-lists.ts'
import type { RevocationListener } from './subscribers.ts'

// Step 3: checks whether a verified token was revoked, by the status list that it names.

/** The status of one token: its index in a status list, and how to judge the list. */
export interface TokenStatus {
  readonly list: StatusListView
  readonly index: number
  readonly policy: StatusPolicy
}

/** The policy by which the statuses of one issuer are judged. */
export interface StatusPolicy {
  /** The time by which the verifier has just verified the token: reading the clock again would cost more than the rest of the check. */
  readonly verifiedAt: () => Seconds
  /** True if tokens are accepted while their list is stale or cannot be loaded. */
  readonly acceptsStale: boolean
}

/**
 * Throws `token_revoked`, and `revocation_unknown` for a status that is not known. `isLastAttempt` if no list can be loaded before the
 * answer. Fails with `status_index_unknown` for an index outside of the list. Does nothing for a token that needs no status.
 */
export function checkRevocation(status: TokenStatus | undefined, isLastAttempt: boolean): void {
  if (!status) return
  const { list, index, policy } = status
  const value = list.statusAt(index, policy.verifiedAt())
  if (value === 'good') return
  if (value === 'revoked') throw fail('token_revoked')
  if (policy.acceptsStale && (isLastAttempt || value === 'stale')) return
  throw fail('revocation_unknown')
}

/** Creates the `onRevoked` of a guard, which watches the token of a principal that it admitted. */
export function createOnRevoked(statusOf: (claims: ProvenClaims) => TokenStatus | undefined) {
  return ({ token }: Principal<unknown>, listener: RevocationListener): (() => void) => {
    const status = statusOf(token.claims)
    if (!status) return () => undefined
    try {
      checkRevocation(status, true)
    } catch (error) {
      if (!isCountersignError(error)) throw error
      listener(error.code === 'token_revoked' ? 'token_revoked' : 'revocation_unknown')
      return () => undefined
    }
    return status.list.subscribe(status.index, listener)
  }
}
