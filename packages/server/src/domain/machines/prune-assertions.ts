import type { Clock } from '@countersign/token'
import type { ClientTables } from '../clients/clients.ts'
import type { Log } from '../kernel/ports.ts'

/** Deletes used assertions that have expired: no verifier accepts them any more. */
export async function pruneAssertions({
  store,
  clock,
  log,
}: {
  readonly store: ClientTables
  readonly clock: Clock
  readonly log: Log
}): Promise<void> {
  const assertions = await store.clients.pruneAssertions(clock.now())
  if (assertions > 0) log.info({ assertions }, 'expired client assertions are deleted')
}
