import { inspect, type Explanation, type Verifier } from '@countersign/token'
import { stateOf } from '../domain/sessions/session.ts'
import { dateOf } from './terminal.ts'
import type { CommandRuntime } from './with-runtime.ts'

/** The result of checking a token: the verifier's explanation and, for an accepted token, the state of its session. */
export interface TokenReport extends Omit<Explanation, 'code'> {
  readonly code: Explanation['code'] | 'token_revoked'
  /** A sentence on the session; undefined for a token that is refused anyway. */
  readonly session: string | undefined
}

const sessionUnknown =
  'The session is not checked here: see the status list of the issuer for revoked tokens.'

/** Checks a token as a guard does. With this server's runtime it also checks whether the session has ended. */
export async function checkToken(
  token: string,
  verifier: Verifier,
  runtime?: Pick<CommandRuntime, 'store' | 'clock'>,
): Promise<TokenReport> {
  const explanation = verifier.explain(token)
  if (!explanation.accepted) return { ...explanation, session: undefined }
  if (!runtime) return { ...explanation, session: sessionUnknown }
  const { ended, session } = await sessionOf(runtime, token)
  const revoked = { accepted: false, code: 'token_revoked' } as const
  return { ...explanation, ...(ended ? revoked : {}), session }
}

async function sessionOf({ store, clock }: Pick<CommandRuntime, 'store' | 'clock'>, token: string) {
  const { sid, sub } = inspect(token).claims
  const found = await store.sessions.find(String(sid))
  const user = await store.users.find(String(sub))
  if (!found || !user) return { ended: true, session: 'The session and the user no longer exist.' }
  if (user.disabledAt !== null)
    return { ended: true, session: `The user has been disabled since ${dateOf(user.disabledAt)}.` }
  switch (stateOf(found, clock.now())) {
    case 'alive':
      return { ended: false, session: 'The session is alive.' }
    case 'expired': // guards accept the token until its own expiry
      return { ended: false, session: 'The session has expired: it cannot be refreshed.' }
    case 'ended':
      return {
        ended: true,
        session: `The session ended ${dateOf(found.endedAt ?? 0)} (${found.endReason}).`,
      }
  }
}
