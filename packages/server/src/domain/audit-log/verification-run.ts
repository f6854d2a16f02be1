import type { Seconds } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Runtime } from '../../runtime.ts'
import { verifyAuditLog, type AuditLogReport } from './verify-audit-log.ts'

/** How far the check of the whole audit log is. */
export type VerificationState =
  | { readonly kind: 'never' }
  | { readonly kind: 'running'; readonly entries: number; readonly since: Seconds }
  | { readonly kind: 'done'; readonly report: AuditLogReport; readonly at: Seconds }
  | { readonly kind: 'failed'; readonly at: Seconds }

/** What a check has found, and when it began: what was changed later, it may have missed. */
export interface VerificationOutcome extends AuditLogReport {
  readonly since: Seconds
}

/** Checks of the whole audit log: one at a time, for each reads all of it. */
export interface VerificationRun {
  /** Begins, unless one is running already. Nobody waits for it. */
  start(): void
  /**
   * Waits for a check, against checkpoints that were `kept` elsewhere too. Whoever asks for the same while one is running gets what that
   * finds. Fails with `audit_log_check_running` where it goes by other checkpoints.
   */
  run(kept: readonly string[]): Promise<VerificationOutcome>
  state(): VerificationState
}

type Needs = Pick<Runtime, 'store' | 'root' | 'clock' | 'log'>

/** Makes the checks of one process. What the last one found is kept until the next. */
export function createVerificationRun(runtime: Needs): VerificationRun {
  const { clock, log } = runtime
  let state: VerificationState = { kind: 'never' }
  let running: { readonly kept: string; readonly found: Promise<VerificationOutcome> } | undefined
  async function check(kept: readonly string[]): Promise<VerificationOutcome> {
    const [since, before] = [clock.now(), state]
    const progress = (entries: number) => (state = { kind: 'running', entries, since })
    progress(0)
    try {
      const report = await verifyAuditLog(runtime, kept, progress)
      // No entry has the number 0: it is a text that was sent here as a checkpoint, and says nothing of the audit log.
      const ofAuditLog = report.fault?.seq !== 0
      state = ofAuditLog ? { kind: 'done', report, at: clock.now() } : before
      if (report.fault && ofAuditLog) log.error({ ...report.fault }, 'the audit log does not fit')
      return { ...report, since }
    } catch (error) {
      state = { kind: 'failed', at: clock.now() }
      log.error({ error }, 'the audit log could not be checked')
      throw error
    } finally {
      running = undefined
    }
  }
  async function run(kept: readonly string[]): Promise<VerificationOutcome> {
    const same = JSON.stringify(kept)
    if (running && running.kept !== same) throw fail('audit_log_check_running')
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
