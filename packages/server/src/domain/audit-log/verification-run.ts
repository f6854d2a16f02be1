import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Log } from '../kernel/ports.ts'
import { verifyAuditLog, type AuditLogReport, type VerifyDeps } from './verify-audit-log.ts'

/** The state of the verification of the whole audit log. */
export type VerificationState =
  | { readonly kind: 'never' }
  | { readonly kind: 'running'; readonly entries: number; readonly since: Seconds }
  | { readonly kind: 'done'; readonly report: AuditLogReport; readonly at: Seconds }
  | { readonly kind: 'failed'; readonly at: Seconds }

/** The result of a verification, and when it began: it may have missed what was changed later. */
export interface VerificationOutcome extends AuditLogReport {
  readonly since: Seconds
}

/** Verifications of the whole audit log: one at a time, because each reads all of it. */
export interface VerificationRun {
  /** Starts a verification in the background, unless one is running. */
  start(): void
  /**
   * Verifies the audit log, also against checkpoints that were `kept` elsewhere, and waits for the result. Joins a running verification that has
   * the same checkpoints. Fails with `audit_log_check_running` if the running one has others.
   */
  run(kept: readonly string[]): Promise<VerificationOutcome>
  state(): VerificationState
}

/** Makes the verifications of one process. It remembers the last result until the next verification. */
export function createVerificationRun(deps: VerifyDeps & { readonly log: Log }): VerificationRun {
  const { clock, log } = deps
  let state: VerificationState = { kind: 'never' }
  let running: { readonly kept: string; readonly found: Promise<VerificationOutcome> } | undefined
  async function check(kept: readonly string[]): Promise<VerificationOutcome> {
    const [since, before] = [clock.now(), state]
    const progress = (entries: number) => (state = { kind: 'running', entries, since })
    progress(0)
    try {
      const report = await verifyAuditLog(deps, kept, progress)
      // No entry has the number 0: that fault is in a text that was sent as a checkpoint, and not in the audit log.
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
    const wanted = JSON.stringify(kept)
    if (running && running.kept !== wanted) throw fail('audit_log_check_running')
    running ??= { kept: wanted, found: check(kept) }
    return running.found
  }
  return {
    start() {
      if (!running) run([]).catch(() => {}) // logged, and `state` reports it
    },
    run,
    state: () => state,
  }
}
