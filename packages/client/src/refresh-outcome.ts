import {
  signedOutReasonOf,
  readTokenResponse,
  type ServerResponse,
  type TokenResponse,
} from './server-response.ts'
import type { StoredSession, SignedIn, SignedOutReason } from './stored-session.ts'
import type { Seconds } from './platform.ts'

/** What an answer to a refresh means. */
export type RefreshOutcome =
  | { readonly kind: 'renewed'; readonly tokenResponse: TokenResponse }
  | { readonly kind: 'over'; readonly why: SignedOutReason }
  /** Nothing is decided: the session stands as it stood, and the refresh is tried again later. */
  | { readonly kind: 'failed'; readonly answer: Exclude<ServerResponse, { readonly kind: 'done' }> }

/** Judges the answer to a refresh. Only a server that says so ends a session. */
export function refreshOutcome(answer: ServerResponse, mode: 'bearer' | 'cookie'): RefreshOutcome {
  switch (answer.kind) {
    case 'done': {
      const tokenResponse = readTokenResponse(answer, mode)
      return tokenResponse
        ? { kind: 'renewed', tokenResponse }
        : { kind: 'failed', answer: { kind: 'odd', status: 200 } }
    }
    case 'refused': {
      const why = signedOutReasonOf(answer.problem)
      return why ? { kind: 'over', why } : { kind: 'failed', answer }
    }
    case 'lost':
    case 'odd':
      return { kind: 'failed', answer }
  }
}

/** Marks a refresh as asked for, so that whoever comes after a lost answer asks again at once. */
export function markStarted(stored: SignedIn, now: Seconds, renewedAfter401: boolean): SignedIn {
  return { ...stored, refreshStartedAt: now, renewedAfter401 }
}

/**
 * What is to be kept after a refresh was answered. In between somebody may have signed out, or in anew: that stands. Another tab may
 * have refreshed, when turns were taken away or are not to be had: then the later answer stands, by the server's clock, and a refusal of
 * the older token means nothing.
 */
export function applyOutcome(
  stored: StoredSession,
  started: SignedIn,
  verdict: RefreshOutcome,
): StoredSession {
  if (stored.status !== 'signed_in' || stored.id !== started.id) return stored
  const moved = stored.revision !== started.revision
  switch (verdict.kind) {
    case 'renewed': {
      const tokenResponse = newSignedIn(
        verdict.tokenResponse,
        started.refreshStartedAt ?? 0,
        stored.id,
      )
      const next = {
        ...tokenResponse,
        revision: stored.revision + 1,
        renewedAfter401: started.renewedAfter401,
      }
      return moved && stored.issuedAt >= next.issuedAt ? stored : next
    }
    case 'over':
      return moved ? stored : { status: 'signed_out', why: verdict.why }
    case 'failed':
      // Of a lost answer noSession knows whether it was the one that counts.
      return verdict.answer.kind === 'lost' || moved
        ? stored
        : { ...stored, refreshStartedAt: null }
  }
}

/**
 * What is kept of tokens that were asked for at `refreshStartedAt`, by our clock. The server's clock is taken to have stood at its time then: the
 * answer may have been on its way for long, and a token must not be thought younger than it is.
 */
export function newSignedIn(
  { tokens, lifetime, serverTime }: TokenResponse,
  refreshStartedAt: Seconds,
  id: string,
): SignedIn {
  const issuedAt = serverTime ?? refreshStartedAt
  const clockOffset = issuedAt - refreshStartedAt
  return {
    status: 'signed_in',
    id,
    revision: 0,
    tokens,
    issuedAt,
    lifetime,
    clockOffset,
    refreshStartedAt: null,
    renewedAfter401: false,
  }
}
