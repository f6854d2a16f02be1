import { fail } from '../../failures.ts'
import type { Runtime } from '../../runtime.ts'
import type { Transaction } from '../store.ts'
import { judgeActor, type Actor } from './actor.ts'

/**
 * Runs a transaction in which somebody does something to others. An administrator is looked at in it, for since they were let in they may
 * have been demoted, disabled, deleted or signed out. Whoever acts takes turns: of two who take each other's rights away, one is first.
 * Nobody in `by` is somebody who does it to themselves, and waits for nobody. Fails with `administrators_only` and `session_ended`.
 */
export async function act<T>(
  { store, clock }: Pick<Runtime, 'store' | 'clock'>,
  by: Actor | undefined,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const verdict = await store.transaction(async (tx) => {
    if (by === undefined) return { done: await work(tx) }
    await tx.lock('administrators')
    if (typeof by === 'object') {
      const [user, session] = [await tx.users.find(by.user), await tx.sessions.find(by.session)]
      const judged = judgeActor(user, session, clock.now())
      if (judged !== 'acts') return judged
    }
    return { done: await work(tx) }
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict.done
}
