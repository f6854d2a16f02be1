import { activeOf, stateOf } from './keys/signing-key.ts'
import type { Runtime } from './runtime.ts'

const states = ['standby', 'active', 'retiring', 'retired'] as const

/** Says how the gauges are read that tell of what is stored. Each costs one small read when somebody looks. */
export function watchRuntime({
  store,
  clock,
  metrics,
}: Pick<Runtime, 'store' | 'clock' | 'metrics'>): void {
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
  metrics.watch('ledger_entries', async () => [[{}, (await store.ledger.last())?.seq ?? 0]])
}
