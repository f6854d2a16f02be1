import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { CodeTables } from './authorization-codes.ts'
import type { DeviceCodeTables } from './device-code.ts'
import type { PushedRequestTables } from './pushed-request.ts'

const remembered: Seconds = 3_600 // a used code that is presented again ends its grant for as long

/** Deletes codes of applications and of devices that expired more than an hour ago, and pushed requests that have expired. */
export async function pruneCodes({
  store,
  clock,
}: {
  readonly store: CodeTables & DeviceCodeTables & PushedRequestTables
  readonly clock: Clock
}): Promise<void> {
  const before = clock.now() - remembered
  await store.authorizationCodes.prune(before)
  await store.deviceCodes.prune(before)
  await store.pushedRequests.prune(clock.now())
}
