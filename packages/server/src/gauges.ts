import { isCountersignError } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { fail } from './failures.ts'
import { countEntries } from './domain/audit-log/strand.ts'
import type { Readings } from './domain/kernel/ports.ts'
import { readKeyRing } from './domain/keys/read-key-ring.ts'
import { activeOf, algorithmsIn, stateOf, type KeyRing } from './domain/keys/signing-key.ts'
import type { StoreChange } from './domain/store.ts'
import type { Runtime } from './runtime.ts'

const states = ['standby', 'active', 'retiring', 'retired'] as const

/** Returns the function that brings what is in memory up to date after a change of the database. Rejects if the status lists cannot be. */
export function refresherOf(
  runtime: Pick<Runtime, 'statusLists' | 'metrics' | 'stopwatch' | 'followKeys'>,
): (change: StoreChange | 'any') => Promise<void> {
  const refreshLists = measuredRefresh(runtime)
  return async (change) => {
    if (change !== 'keys') await refreshLists()
    if (change !== 'statuses') await runtime.followKeys()
  }
}

/** Returns a function that brings the status lists up to date, notifies followers, and measures how long that took if there were changes. */
function measuredRefresh({
  statusLists,
  metrics,
  stopwatch,
}: Pick<Runtime, 'statusLists' | 'metrics' | 'stopwatch'>): () => Promise<void> {
  return async () => {
    const took = stopwatch()
    const before = statusLists.seq
    const isCurrent = await statusLists.refresh()
    if (!isCurrent) throw fail('database_unreachable') // logged by `refresh`
    if (statusLists.seq > before) metrics.observe('revocation_delay_seconds', {}, took())
  }
}

/** Logs that the database is read-only. A server that has nothing to write at its start also starts on a standby, and is ready once that is promoted. */
export async function warnIfReadOnly({
  store,
  log,
}: Pick<Runtime, 'store' | 'log'>): Promise<void> {
  try {
    await store.ping()
  } catch (error) {
    if (!isCountersignError(error)) throw error
    log.warn({ error }, 'not ready: every write fails until the database can be written')
  }
}

/** Registers the gauges of stored data, each read by one small query at a scrape, and counts revocations. */
export function registerGauges({
  store,
  root,
  clock,
  metrics,
  statusLists,
  feed,
}: Pick<Runtime, 'store' | 'root' | 'clock' | 'metrics' | 'statusLists' | 'feed'>): void {
  statusLists.onRevoked(() => metrics.count('revocations_total', {}))
  metrics.watch('guards_following', () => [[{}, feed.followers]])
  metrics.watch('signing_keys', async () => {
    return countKeys((await readKeyRing({ store, root })).ring, clock.now())
  })
  metrics.watch('signing_key_age_seconds', async () => {
    const now = clock.now()
    const { ring } = await readKeyRing({ store, root })
    return algorithmsIn(ring, now).flatMap((algorithm) => {
      const active = activeOf(ring, now, algorithm)
      return active ? [[{ algorithm }, now - active.activatedAt] as const] : []
    })
  })
  metrics.watch('outbox_mails', async () => {
    const { waiting, dead } = await store.outbox.count()
    return [
      [{ state: 'waiting' }, waiting],
      [{ state: 'dead' }, dead],
    ]
  })
  metrics.watch('audit_log_entries', async () => [[{}, countEntries(await store.auditLog.heads())]])
}

/** Counts the keys of each algorithm in the ring, by state. */
function countKeys(ring: KeyRing, now: Seconds): Readings<'signing_keys'> {
  return [...new Set(ring.map(({ algorithm }) => algorithm))].flatMap((algorithm) => {
    const chain = ring.filter((key) => key.algorithm === algorithm)
    const countOf = (state: string) => chain.filter((key) => stateOf(key, now) === state).length
    return states.map((state) => [{ algorithm, state }, countOf(state)] as const)
  })
}
