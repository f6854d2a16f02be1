import {
  signedOutReasonOf,
  readTokenResponse,
  type ServerResponse,
  type TokenResponse,
} from './server-response.ts'
import {
  renewalsInARow,
  type SignedIn,
  type SignedOutReason,
  type StoredSession,
} from './stored-session.ts'
import type { Seconds } from './platform.ts'

/** The meaning of a response to a refresh. */
export type RefreshOutcome =
  | { readonly kind: 'refreshed'; readonly tokenResponse: TokenResponse }
  | { readonly kind: 'signed_out'; readonly reason: SignedOutReason }
  /** Undecided: the session stays as it is, and the refresh is tried again later. */
  | { readonly kind: 'failed'; readonly response: Exclude<ServerResponse, { readonly kind: 'ok' }> }

/** Returns the outcome of a refresh. Only an explicit refusal by the server ends a session. */
export function refreshOutcome(
  response: ServerResponse,
  mode: 'bearer' | 'cookie',
): RefreshOutcome {
  switch (response.kind) {
    case 'ok': {
      const tokenResponse = readTokenResponse(response, mode)
      return tokenResponse
        ? { kind: 'refreshed', tokenResponse }
        : { kind: 'failed', response: { kind: 'unexpected', status: 200 } }
    }
    case 'refused': {
      const reason = signedOutReasonOf(response.problem)
      return reason ? { kind: 'signed_out', reason } : { kind: 'failed', response }
    }
    case 'lost':
    case 'unexpected':
      return { kind: 'failed', response }
  }
}

/** Marks a refresh as started: if its response is lost, the next tab retries at once. */
export function markStarted(
  stored: SignedIn,
  now: Seconds,
  isAfter401: boolean,
  newKey: string,
): SignedIn {
  const idempotencyKey = stored.idempotencyKey ?? newKey // stored before it is sent, and kept until a response arrives
  const renewalsAfter401 = isAfter401 ? renewalsInARow(stored, now) + 1 : 0
  return { ...stored, refreshStartedAt: now, renewalsAfter401, idempotencyKey }
}

/**
 * Returns the session to store after a refresh. The stored session may have changed since the refresh started:
 * - After a sign-out or a new sign-in, that change wins.
 * - If another tab has refreshed too (its lock was stolen, or there are no locks), the later response by the server's clock wins,
 *   and a refusal of the older token is ignored.
 */
export function applyOutcome(
  stored: StoredSession,
  started: SignedIn,
  outcome: RefreshOutcome,
): StoredSession {
  if (stored.status !== 'signed_in' || stored.id !== started.id) return stored
  const isChanged = stored.revision !== started.revision
  switch (outcome.kind) {
    case 'refreshed': {
      const next = {
        ...newSignedIn(outcome.tokenResponse, started.refreshStartedAt ?? 0, stored.id),
        revision: stored.revision + 1,
        renewalsAfter401: started.renewalsAfter401 ?? 0,
      }
      return isChanged && stored.issuedAt >= next.issuedAt ? stored : next
    }
    case 'signed_out':
      return isChanged ? stored : { status: 'signed_out', reason: outcome.reason }
    case 'failed':
      // A lost response may have been the one that rotated the refresh token, so the refresh stays marked as started.
      return outcome.response.kind === 'lost' || isChanged
        ? stored
        : { ...stored, refreshStartedAt: null }
  }
}

/**
 * Returns the session for tokens that were requested at `requestedAt`, by the local clock. It assumes that the server's clock showed
 * its time at that moment: the response may have taken long, and a token must never be considered younger than it is.
 */
export function newSignedIn(
  { tokens, lifetime, serverTime }: TokenResponse,
  requestedAt: Seconds,
  id: string,
): SignedIn {
  const issuedAt = serverTime ?? requestedAt
  return {
    status: 'signed_in',
    id,
    revision: 0,
    tokens,
    issuedAt,
    lifetime,
    clockOffset: issuedAt - requestedAt,
    refreshStartedAt: null,
    idempotencyKey: null,
    renewalsAfter401: 0,
  }
}
