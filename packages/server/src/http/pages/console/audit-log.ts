import * as z from 'zod'
import type { VerificationState } from '../../../domain/audit-log/verification-run.ts'
import type { Entry } from '../../../domain/audit-log/chain.ts'
import {
  countEntries,
  entryName,
  positionsBefore,
  positionsBehind,
  type Positions,
} from '../../../domain/audit-log/strand.ts'
import { alarmingEvents } from '../event-labels.ts'
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { exactTime } from '../format-time.ts'
import {
  auditLogPath as path,
  filterForm,
  toFilter,
  typedFilter,
  type TypedFilter,
} from './audit-log-filter.ts'
import { consoleView, emptyState, pager, table, withQuery } from './console-layout.ts'
import { verdict } from './audit-log-integrity.ts'
import {
  eventInWords,
  factsInWords,
  originInWords,
  readNames,
  typeOf,
  type Names,
} from '../entry-facts.ts'

const pageSize = 50

const verifyForm = form({
  name: 'verify',
  path: `${path}/verify`,
  limit: 'changes-per-user',
  allowOldSignIn: true,
  fields: z.object({}),
  submit({ runtime, link }) {
    runtime.verificationRun.start()
    return { to: link(path) }
  },
})

/** Exports the audit log: a form, because it requires a recent sign-in. */
const exportForm = form({
  name: 'export',
  path: `${path}/export`,
  limit: 'changes-per-user',
  fields: z.object({}),
  submit: ({ link }) => ({ to: link('/admin/audit-log/export') }),
})

/** The audit log: filter, verify and export it. */
export const consoleAuditLog: Page = {
  path,
  summary: 'Read the audit log, filtered by event, user and time; verify and export it',
  access: 'admin',
  forms: [verifyForm, exportForm],

  async render(input) {
    const { query, runtime, link, t } = input
    const heads = await runtime.store.auditLog.heads()
    const given = parsePositions(query.get('before') ?? '')
    const before = given ?? positionsBehind(heads)
    const typed = typedFilter(query)
    const filter = await toFilter(runtime.store, typed)
    const found = filter.unknownUser
      ? []
      : await runtime.store.replica.auditLog.newest(pageSize + 1, {
          ...filter,
          before,
        })
    const entries = found.slice(0, pageSize)
    const hasMore = found.length > pageSize
    const to = (positions: string) => link(withQuery(path, { ...typed, before: positions }))
    const verification = runtime.verificationRun.state()
    const names = await readNames(runtime.store, entries)
    const main = html`<h1>${t('Audit log')}</h1>
      ${integrity(input, verification, countEntries(heads))} ${filterForm(input, typed)}
      ${entries.length === 0 ? none(input, filter.unknownUser) : list(entries, names, typed, input)}
      ${pager(
        t,
        given ? to('') : undefined,
        hasMore ? to(positionsBefore(before, entries).join('.')) : undefined,
        'Older entries',
      )}`
    const reload = verification.kind === 'running' ? { reloadSeconds: 1 } : {}
    return consoleView(input, path, { title: t('Audit log'), main, ...reload })
  },
}

/** Parses the positions of an address; `undefined` for anything else. */
function parsePositions(text: string): Positions | undefined {
  return /^\d{1,15}(\.\d{1,15}){0,16}$/.test(text) ? text.split('.').map(Number) : undefined
}

function none({ t }: PageInput, unknownUser: boolean): Html {
  return unknownUser
    ? emptyState(
        t('No user has this name, e-mail address or id.'),
        t('Entries of deleted users are found by their id.'),
      )
    : emptyState(t('No matching entries.'), t('Remove a filter, or show all entries.'))
}

function list(
  entries: readonly Entry[],
  names: Names,
  typed: TypedFilter,
  { link, t }: PageInput,
): Html {
  const rows = entries.map((entry) => {
    const { userId, at, type } = entry
    const alarming = alarmingEvents.has(typeOf(entry) ?? '')
    const filtered = (user: string) => link(withQuery(path, { ...typed, user }))
    return [
      html`<span title="${type}" ${alarming && html` class="alarm"`}
        >${eventInWords(entry, t)}</span
      >`,
      exactTime(at, t.language),
      userId &&
        html`<a href="${filtered(userId)}" title="${userId}"
          >${names.get(userId) ?? t('deleted user')}</a
        >`,
      originInWords(entry, t),
      factsInWords(entry, names, t),
      entryName(entry),
    ]
  })
  const heads = [t('Event'), t('Time'), t('User'), t('From'), t('Details'), t('No.')]
  return table(t('Entries of the audit log'), heads, rows)
}

/** Renders the integrity of the chain, and the forms to verify and export it. */
function integrity({ link, t }: PageInput, verification: VerificationState, newest: number): Html {
  return html`<section class="card" aria-labelledby="integrity">
    <div class="title">
      <h2 id="integrity">${t('Integrity')}</h2>
      <div class="row">
        <form method="post" action="${link(verifyForm.path)}">
          <button class="small">${t('Verify')}</button>
        </form>
        <form method="post" action="${link(exportForm.path)}">
          <button class="small">${t('Export')}</button>
        </form>
      </div>
    </div>
    ${verdict(verification, newest, t)}
  </section>`
}
