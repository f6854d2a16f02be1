import type { VerificationState } from '../../../domain/audit-log/verification-run.ts'
import type { AuditLogFault, AuditLogReport } from '../../../domain/audit-log/verify-audit-log.ts'
import { entryName } from '../../../domain/audit-log/strand.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { absoluteTime } from '../format-time.ts'
import type { Phrase, Translate } from '../translation/translate.ts'

/** Renders the result of the last verification of the audit log, or its progress. */
export function verdict(check: VerificationState, newest: number, t: Translate): Html {
  switch (check.kind) {
    case 'never':
      return html`<p class="intro">
        ${t('Not verified since this server started. Verification reads every entry, in the background.')}
      </p>`
    case 'running':
      return html`<p role="status">
          ${t('Verifying: {done} of {all} entries', { done: number(check.entries, t), all: number(newest, t) })}
        </p>
        <progress
          max="${Math.max(newest, 1)}"
          value="${check.entries}"
          aria-label="${t('Verifying')}"
        ></progress>`
    case 'failed':
      return html`<p class="fault" role="status">
        ${icon('alert')}<span
          >${t.html('The verification failed on {time}. The log of the server has the cause.', {
            time: absoluteTime(check.at, t.language),
          })}</span
        >
      </p>`
    case 'done':
      return check.report.fault
        ? tampered(check.report.fault, t)
        : intact(check.report, check.at, t)
  }
}

function intact(
  { entries, checkpoints, erased, unverifiable }: AuditLogReport,
  at: number,
  t: Translate,
): Html {
  return html`<p class="fit" role="status">
      ${icon('check')}<span
        >${t.html('Audit log intact: {entries}, {checkpoints}, on {time}.', {
          entries: counted(entries, 'one entry', '{count} entries', t),
          checkpoints: counted(checkpoints, 'one checkpoint', '{count} checkpoints', t),
          time: absoluteTime(at, t.language),
        })}</span
      >
    </p>
    <ul class="quietly">
      ${erased > 0 && html`<li>${t('Personal data was erased in: {entries}.', { entries: counted(erased, 'one entry', '{count} entries', t) })}</li>`}
      ${
        unverifiable > 0 &&
        html`<li>
          ${t('Cannot be verified, because an earlier root secret is lost: {entries}.', {
            entries: counted(unverifiable, 'one entry', '{count} entries', t),
          })}
        </li>`
      }
      <li>
        ${t.html('If the newest entries were removed, only a checkpoint that is stored on another machine shows it: {command}.', { command: html`<code>countersign audit-log verify FILE</code>` })}
      </li>
    </ul>`
}

function tampered(fault: AuditLogFault, t: Translate): Html {
  return html`<p class="fault" role="alert">
      ${icon('alert')}${t('Audit log not intact: entry {seq}, {fault}.', { seq: entryName(fault), fault: fault.fault.replaceAll('_', ' ') })}
    </p>
    <p class="intro">
      ${t('The database was changed by another program than this server. Make a copy of it as it is, and compare it with the last checkpoint that is stored on another machine.')}
    </p>`
}

function counted(count: number, one: Phrase, many: Phrase, t: Translate): string {
  return count === 1 ? t(one) : t(many, { count: number(count, t) })
}

function number(count: number, t: Translate): string {
  return count.toLocaleString(t.language)
}
