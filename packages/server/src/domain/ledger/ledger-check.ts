import type { Seconds } from '@countersign/token'
import type { Runtime } from '../runtime.ts'
import { verifyLedger, type LedgerReport } from './verify-ledger.ts'

/** How far the check of the whole ledger is. */
export type LedgerCheckState =
  | { readonly kind: 'never' }
  | { readonly kind: 'running'; readonly entries: number; readonly since: Seconds }
  | { readonly kind: 'done'; readonly report: LedgerReport; readonly at: Seconds }
  | { readonly kind: 'failed'; readonly at: Seconds }

/** A check of the whole ledger that goes on while nobody waits for it. */
export interface LedgerCheck {
  /** Begins, unless one is running already. */
  start(): void
  state(): LedgerCheckState
}

type Needs = Pick<Runtime, 'store' | 'root' | 'clock' | 'log'>

/** Makes the check of one process: one at a time, however many ask. What it found is kept until the next one. */
export function createLedgerCheck(runtime: Needs): LedgerCheck {
  const { clock, log } = runtime
  let state: LedgerCheckState = { kind: 'never' }
  async function check(since: Seconds) {
    try {
      const report = await verifyLedger(runtime, [], (entries) => {
        state = { kind: 'running', entries, since }
      })
      state = { kind: 'done', report, at: clock.now() }
      if (report.fault) log.error({ ...report.fault }, 'the ledger does not fit')
    } catch (error) {
      state = { kind: 'failed', at: clock.now() }
      log.error({ error }, 'the ledger could not be checked')
    }
  }
  return {
    start() {
      if (state.kind === 'running') return
      const since = clock.now()
      state = { kind: 'running', entries: 0, since }
      void check(since)
    },
    state: () => state,
  }
}
