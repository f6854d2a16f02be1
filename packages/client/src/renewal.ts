import { judgeRefusal, readIssued, type Answer, type Issued } from './answer.ts'
import type { Kept, SignedIn, SignedOutReason } from './kept.ts'
import type { Seconds } from './platform.ts'

/** What an answer to a refresh means. */
export type Verdict =
  | { readonly kind: 'renewed'; readonly issued: Issued }
  | { readonly kind: 'over'; readonly why: SignedOutReason }
  /** Nothing is decided: the session stands as it stood, and the refresh is tried again later. */
  | { readonly kind: 'failed'; readonly answer: Exclude<Answer, { readonly kind: 'done' }> }

/** Judges the answer to a refresh. Only a server that says so ends a session. */
export function judgeRenewal(answer: Answer, mode: 'bearer' | 'cookie'): Verdict {
  switch (answer.kind) {
    case 'done': {
      const issued = readIssued(answer, mode)
      return issued
        ? { kind: 'renewed', issued }
        : { kind: 'failed', answer: { kind: 'odd', status: 200 } }
    }
    case 'refused': {
      const why = judgeRefusal(answer.problem)
      return why ? { kind: 'over', why } : { kind: 'failed', answer }
    }
    case 'lost':
    case 'odd':
      return { kind: 'failed', answer }
  }
}

/** Marks a refresh as asked for, so that whoever comes after a lost answer asks again at once. */
export function claim(kept: SignedIn, now: Seconds, cure: boolean): SignedIn {
  return { ...kept, askedAt: now, cure }
}

/**
 * What is to be kept after a refresh was answered. In between somebody may have signed out, or in anew: that stands. Another tab may
 * have refreshed, when turns were taken away or are not to be had: then the later answer stands, by the server's clock, and a refusal of
 * the older token means nothing.
 */
export function settle(kept: Kept, claimed: SignedIn, verdict: Verdict): Kept {
  if (kept.status !== 'signed_in' || kept.id !== claimed.id) return kept
  const moved = kept.revision !== claimed.revision
  switch (verdict.kind) {
    case 'renewed': {
      const issued = newSignedIn(verdict.issued, claimed.askedAt ?? 0, kept.id)
      const next = { ...issued, revision: kept.revision + 1, cure: claimed.cure }
      return moved && kept.issuedAt >= next.issuedAt ? kept : next
    }
    case 'over':
      return moved ? kept : { status: 'signed_out', why: verdict.why }
    case 'failed':
      // Of a lost answer nobody knows whether it was the one that counts.
      return verdict.answer.kind === 'lost' || moved ? kept : { ...kept, askedAt: null }
  }
}

/**
 * What is kept of tokens that were asked for at `askedAt`, by our clock. The server's clock is taken to have stood at its time then: the
 * answer may have been on its way for long, and a token must not be thought younger than it is.
 */
export function newSignedIn(
  { tokens, lifetime, serverTime }: Issued,
  askedAt: Seconds,
  id: string,
): SignedIn {
  const issuedAt = serverTime ?? askedAt
  const clockOffset = issuedAt - askedAt
  return {
    status: 'signed_in',
    id,
    revision: 0,
    tokens,
    issuedAt,
    lifetime,
    clockOffset,
    askedAt: null,
    cure: false,
  }
}
