import { fail } from '../../failures.ts'
import type { RecordDeps } from '../audit-log/record-event.ts'
import type { Language } from '../kernel/client-info.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { Owner } from '../passwords/confirm-password.ts'
import { stateOf } from '../sessions/session.ts'
import type { SessionTx } from '../sessions/sessions.ts'

/** The dependencies of {@link setOwnLanguage}. */
export interface SetLanguageDeps extends Pick<RecordDeps, 'clock'> {
  readonly store: Transactions<SessionTx>
}

/** Sets the language of mails and pages for the signed-in user; null follows the browser again. Fails with `user_gone` and `session_ended`. */
export async function setOwnLanguage(
  { store, clock }: SetLanguageDeps,
  { userId, sessionId }: Pick<Owner, 'userId' | 'sessionId'>,
  language: Language | null,
): Promise<void> {
  const verdict = await store.transaction(async (tx) => {
    const found = await tx.users.lock(userId)
    if (!found || found.user.disabledAt !== null) return 'user_gone'
    const session = await tx.sessions.lock(sessionId)
    if (session?.userId !== userId || stateOf(session, clock.now()) !== 'alive')
      return 'session_ended'
    await tx.users.setLanguage(userId, language)
    return 'set'
  })
  if (verdict !== 'set') throw fail(verdict)
}
