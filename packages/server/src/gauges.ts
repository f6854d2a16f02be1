import { activeOf, stateOf } from './domain/keys/signing-key.ts'
import type { Runtime } from './runtime.ts'

const states = ['standby', 'active', 'retiring', 'retired'] as const

/** Brings the status lists up to date and tells who follows, and measures how long that took where there was something to tell. */
export function measuredRefresh({
  statusLists,
  metrics,
  stopwatch,
}: Pick<Runtime, 'statusLists' | 'metrics' | 'stopwatch'>): () => Promise<void> {
  return async () => {
    const taken = stopwatch()
    const before = statusLists.seq
    await statusLists.look()
    if (statusLists.seq > before) metrics.observe('revocation_delay_seconds', {}, taken())
  }
}

type Needs = Pick<Runtime, 'store' | 'clock' | 'metrics' | 'statusLists' | 'feed'>

/** Says how the gauges are read that tell of what is stored, each by one small read when somebody looks, and counts revocations. */
export function watchRuntime({ store, clock, metrics, statusLists, feed }: Needs): void {
  statusLists.onRevoked(() => metrics.count('revocations_total', {}))
  metrics.watch('guards_following', () => [[{}, feed.followers]])
  metrics.watch('signing_keys', async () => {
    const ring = await store.signingKeys.list()
    const now = clock.now()
    const countOf = (state: string) => ring.filter((key) => stateOf(key, now) === state).length
    return states.map((state) => [{ state }, countOf(state)])
  })
  metrics.watch('signing_key_age_seconds', async () => {
    const now = clock.now()
    const active = activeOf(await store.signingKeys.list(), now)
    return active ? [[{}, now - active.activatedAt]] : []
  })
  metrics.watch('audit_log_entries', async () => [[{}, (await store.auditLog.last())?.seq ?? 0]])
}
