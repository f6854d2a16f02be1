import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import { foldEmail, parseEmail } from './email.ts'

/** Gives a user an e-mail address, or with null none. Fails with `email_unacceptable`, `email_taken` or `user_unknown`. */
export async function setEmail(
  { store }: Pick<Runtime, 'store'>,
  id: string,
  text: string | null,
): Promise<void> {
  const email = text === null ? null : parseEmail(text)
  const verdict = await store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return 'user_unknown'
    if (email !== null) {
      await tx.lock('emails')
      const owner = await tx.users.findByEmail(foldEmail(email))
      if (owner && owner.id !== id) return 'email_taken'
    }
    await tx.users.setEmail(id, email)
    return 'set'
  })
  if (verdict !== 'set') throw fail(verdict)
}
