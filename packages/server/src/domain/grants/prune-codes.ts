import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { CodeTables } from './authorization-codes.ts'

const remembered: Seconds = 3_600 // a used code that is presented again ends its grant for as long

/** Deletes codes that expired more than an hour ago. */
export async function pruneCodes({
  store,
  clock,
}: {
  readonly store: CodeTables
  readonly clock: Clock
}): Promise<void> {
  await store.authorizationCodes.prune(clock.now() - remembered)
}
