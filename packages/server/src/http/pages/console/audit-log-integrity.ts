import type { VerificationState } from '../../../domain/audit-log/verification-run.ts'
import type { AuditLogFault, AuditLogReport } from '../../../domain/audit-log/verify-audit-log.ts'
import { entryName } from '../../../domain/audit-log/strand.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { absoluteTime } from '../format-time.ts'

/** Renders the result of the last verification of the audit log, or its progress. */
export function verdict(check: VerificationState, newest: number): Html {
  switch (check.kind) {
    case 'never':
      return html`<p class="intro">
        Not verified since this process started. Verification reads every entry, in the background.
      </p>`
    case 'running':
      return html`<p role="status">
          Verifying: ${count(check.entries)} of ${count(newest)} entries
        </p>
        <progress
          max="${Math.max(newest, 1)}"
          value="${check.entries}"
          aria-label="Verifying"
        ></progress>`
    case 'failed':
      return html`<p class="fault" role="status">
        ${icon('alert')}Verification failed (${absoluteTime(check.at)}). The server’s log has the
        cause.
      </p>`
    case 'done':
      return check.report.fault ? tampered(check.report.fault) : intact(check.report, check.at)
  }
}

function intact({ entries, checkpoints, erased, unverifiable }: AuditLogReport, at: number): Html {
  const result = `Audit log intact: ${counted(entries, 'entry', 'entries')}, ${counted(checkpoints, 'checkpoint', 'checkpoints')}`
  return html`<p class="fit" role="status">${icon('check')}${result} (${absoluteTime(at)}).</p>
    <p class="quietly">
      ${erased > 0 && `Personal data was erased in ${counted(erased, 'entry', 'entries')}. `}
      ${
        unverifiable > 0 &&
        `${counted(unverifiable, 'entry', 'entries')} cannot be verified because an earlier root secret is lost. `
      }
      Entries removed from the end are detected only with a checkpoint stored on another machine:
      <code>countersign audit-log verify FILE</code>.
    </p>`
}

function tampered(fault: AuditLogFault): Html {
  return html`<p class="fault" role="alert">
      ${icon('alert')}Audit log not intact: entry ${entryName(fault)},
      ${fault.fault.replaceAll('_', ' ')}.
    </p>
    <p class="intro">
      The database was changed by other means than this server. Make a copy of it as it is, and
      compare it with the last checkpoint stored on another machine.
    </p>`
}

function counted(number: number, one: string, many: string): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

function count(number: number): string {
  return number.toLocaleString('en')
}
