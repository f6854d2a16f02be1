import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import { verifyLedger, type LedgerReport } from './verify-ledger.ts'

/** How far the check of the whole ledger is. */
export type LedgerCheckState =
  | { readonly kind: 'never' }
  | { readonly kind: 'running'; readonly entries: number; readonly since: Seconds }
  | { readonly kind: 'done'; readonly report: LedgerReport; readonly at: Seconds }
  | { readonly kind: 'failed'; readonly at: Seconds }

/** What a check has found, and when it began: what was changed later, it may have missed. */
export interface LedgerChecked extends LedgerReport {
  readonly since: Seconds
}

/** Checks of the whole ledger: one at a time, for each reads all of it. */
export interface LedgerCheck {
  /** Begins, unless one is running already. Nobody waits for it. */
  start(): void
  /**
   * Waits for a check, against checkpoints that were `kept` elsewhere too. Whoever asks for the same while one is running gets what that
   * finds. Fails with `ledger_check_running` where it goes by other checkpoints.
   */
  run(kept: readonly string[]): Promise<LedgerChecked>
  state(): LedgerCheckState
}

type Needs = Pick<Runtime, 'store' | 'root' | 'clock' | 'log'>

/** Makes the checks of one process. What the last one found is kept until the next. */
export function createLedgerCheck(runtime: Needs): LedgerCheck {
  const { clock, log } = runtime
  let state: LedgerCheckState = { kind: 'never' }
  let running: { readonly kept: string; readonly found: Promise<LedgerChecked> } | undefined
  async function check(kept: readonly string[]): Promise<LedgerChecked> {
    const [since, before] = [clock.now(), state]
    const progress = (entries: number) => (state = { kind: 'running', entries, since })
    progress(0)
    try {
      const report = await verifyLedger(runtime, kept, progress)
      // No entry has the number 0: it is a text that was sent here as a checkpoint, and says nothing of the ledger.
      const ofLedger = report.fault?.seq !== 0
      state = ofLedger ? { kind: 'done', report, at: clock.now() } : before
      if (report.fault && ofLedger) log.error({ ...report.fault }, 'the ledger does not fit')
      return { ...report, since }
    } catch (error) {
      state = { kind: 'failed', at: clock.now() }
      log.error({ error }, 'the ledger could not be checked')
      throw error
    } finally {
      running = undefined
    }
  }
  async function run(kept: readonly string[]): Promise<LedgerChecked> {
    const same = JSON.stringify(kept)
    if (running && running.kept !== same) throw fail('ledger_check_running')
    running ??= { kept: same, found: check(kept) }
    return running.found
  }
  return {
    start() {
      if (!running) run([]).catch(() => {}) // the log and the state tell
    },
    run,
    state: () => state,
  }
}
