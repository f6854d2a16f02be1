import { isInProduction } from './in-production.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { assertNoSampleUser } from './sample-user.ts'

/**
 * Begins production on a database, for good: from the first time on, its audit log says so and development leaves it alone. Should development
 * start at the same moment, its sample user is in before the mark, where the second look finds it, or is not let in. Fails with
 * `default_password`.
 */
export async function beginProduction(
  runtime: Pick<Runtime, 'store' | 'hasher'> & Recording,
): Promise<void> {
  const { store } = runtime
  await assertNoSampleUser(runtime)
  if (await isInProduction(store)) return
  await store.transaction(async (tx) => {
    await tx.lock('production')
    if (await isInProduction(tx)) return
    await recordEvents(runtime, tx, { type: 'production_begun', facts: {} })
  })
  await assertNoSampleUser(runtime)
}
