import { inspect, type Clock, type Explanation, type Verifier } from '@countersign/token'
import { stateOf } from '../domain/sessions/session.ts'
import type { SessionTables } from '../domain/sessions/sessions.ts'
import type { UserTables } from '../domain/users/users.ts'
import { dateOf } from './terminal.ts'

/** What looking up the session of a token needs. */
export interface SessionLookup {
  readonly store: SessionTables & UserTables
  readonly clock: Clock
}

/** What is to be said of a token: of one that a verifier accepts, also whether its session was ended. */
export interface TokenVerdict extends Omit<Explanation, 'code'> {
  readonly code: Explanation['code'] | 'token_revoked'
  /** How its session stands, in a sentence; none for a token that is refused anyway. */
  readonly session: string | undefined
}

const unseen =
  'Whether its session was ended is not looked at here: the status list of its issuer says so.'

/** Judges a token as a guard would, who knows of sessions that were ended: this server's, where there is its runtime. */
export async function judgeToken(
  token: string,
  verifier: Verifier,
  runtime?: SessionLookup,
): Promise<TokenVerdict> {
  const explanation = verifier.explain(token)
  if (!explanation.accepted) return { ...explanation, session: undefined }
  if (!runtime) return { ...explanation, session: unseen }
  const { over, session } = await sessionOf(runtime, token)
  const revoked = { accepted: false, code: 'token_revoked' } as const
  return { ...explanation, ...(over ? revoked : {}), session }
}

/** How the session stands that a good token of ours belongs to. */
async function sessionOf({ store, clock }: SessionLookup, token: string) {
  const { sid, sub } = inspect(token).claims
  const found = await store.sessions.find(String(sid))
  const user = await store.users.find(String(sub))
  if (!found || !user) return { over: true, session: 'Its session is gone, and so is its user.' }
  if (user.disabledAt !== null)
    return { over: true, session: `Its user is disabled since ${dateOf(user.disabledAt)}.` }
  switch (stateOf(found, clock.now())) {
    case 'alive':
      return { over: false, session: 'Its session is alive.' }
    case 'expired': // guards take the token until its own time is over
      return { over: false, session: 'Its session has expired: nothing can be refreshed.' }
    case 'ended':
      return {
        over: true,
        session: `Its session was ended ${dateOf(found.endedAt ?? 0)} (${found.endReason}).`,
      }
  }
}
