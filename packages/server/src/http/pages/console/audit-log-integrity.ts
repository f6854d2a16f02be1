import type { VerificationState } from '../../../domain/audit-log/verification-run.ts'
import type { AuditLogFault, AuditLogReport } from '../../../domain/audit-log/verify-audit-log.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { moment } from '../times.ts'

/** What the last check of the audit log has found, or how far it is. */
export function verdict(check: VerificationState, newest: number): Html {
  switch (check.kind) {
    case 'never':
      return html`<p class="intro">
        Nobody has looked since this process started. A check reads every entry; it costs no request
        anything.
      </p>`
    case 'running':
      return html`<p role="status">Checking entries: ${count(check.entries)} of ${count(newest)}</p>
        <progress
          max="${Math.max(newest, 1)}"
          value="${check.entries}"
          aria-label="Checking"
        ></progress>`
    case 'failed':
      return html`<p class="fault" role="status">
        ${icon('alert')}The check could not be finished (${moment(check.at)}). The log says why.
      </p>`
    case 'done':
      return check.report.fault ? broken(check.report.fault) : whole(check.report, check.at)
  }
}

function whole({ entries, checkpoints, erased, unverifiable }: AuditLogReport, at: number): Html {
  return html`<p class="fit" role="status">
      ${icon('check')}The audit log fits: entries ${count(entries)}, checkpoints
      ${count(checkpoints)} (${moment(at)}).
    </p>
    <p class="quietly">
      ${erased > 0 && `Entries whose personal data has been erased: ${count(erased)}. `}
      ${
        unverifiable > 0 &&
        `Older ones that cannot be checked, for the root secret of then is lost: ${count(unverifiable)}. `
      }
      What was cut off at the end shows only against a checkpoint that is kept on another machine:
      <code>countersign audit-log verify FILE</code>.
    </p>`
}

function broken({ seq, fault }: AuditLogFault): Html {
  return html`<p class="fault" role="alert">
      ${icon('alert')}The audit log does not fit: entry ${seq}, ${fault.replaceAll('_', ' ')}.
    </p>
    <p class="intro">
      Somebody has changed the database by another way than this server. Keep a copy as it is, and
      compare it with the last checkpoint that was kept elsewhere.
    </p>`
}

function count(number: number): string {
  return number.toLocaleString('en')
}
