import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { act } from './transaction-as.ts'
import { nameOf, type Actor } from './actor.ts'
import { foldEmail, parseEmail } from '../users/email.ts'

/** Gives a user an e-mail address, or with null none. Fails with `email_unacceptable`, `email_taken`, `user_unknown`, and as {@link act} does. */
export async function setEmail(
  runtime: Pick<Runtime, 'store'> & Recording,
  id: string,
  text: string | null,
  by?: Actor,
): Promise<void> {
  const email = text === null ? null : parseEmail(text)
  const verdict = await act(runtime, by, async (tx) => {
    if (!(await tx.users.lock(id))) return 'user_unknown'
    if (email !== null) {
      await tx.lock('emails')
      const owner = await tx.users.findByEmail(foldEmail(email))
      if (owner && owner.id !== id) return 'email_taken'
    }
    await tx.users.setEmail(id, email)
    await recordEvents(runtime, tx, { type: 'email_set', user: id, facts: { by: nameOf(by) } })
    return 'set'
  })
  if (verdict !== 'set') throw fail(verdict)
}
