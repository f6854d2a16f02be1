import * as z from 'zod'
import { eventTypes } from '../../../domain/audit-log/event.ts'
import { readFacts } from '../../../domain/audit-log/read-facts.ts'
import type { VerificationState } from '../../../domain/audit-log/verification-run.ts'
import type { Entry } from '../../../domain/audit-log/chain.ts'
import {
  countEntries,
  entryName,
  positionsBefore,
  positionsBehind,
  type Positions,
} from '../../../domain/audit-log/strand.ts'
import { deviceOf } from '../../browser/device-name.ts'
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { absoluteTime } from '../format-time.ts'
import { consoleView, emptyState, pager, table, withQuery } from './console-layout.ts'
import { verdict } from './audit-log-integrity.ts'

const path = '/console/audit-log'
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
  summary: 'Read, filter, verify and export the audit log',
  access: 'admin',
  forms: [verifyForm, exportForm],

  async render(input) {
    const { query, runtime, link } = input
    const heads = await runtime.store.auditLog.heads()
    const given = parsePositions(query.get('before') ?? '')
    const before = given ?? positionsBehind(heads)
    const filter = { type: query.get('type') ?? '', user: (query.get('user') ?? '').slice(0, 64) }
    const found = await runtime.store.auditLog.newest(pageSize + 1, {
      userId: filter.user || undefined,
      type: filter.type || undefined,
      before,
    })
    const entries = found.slice(0, pageSize)
    const hasMore = found.length > pageSize
    const to = (positions: string) => link(withQuery(path, { ...filter, before: positions }))
    const verification = runtime.verificationRun.state()
    const main = html`<h1>Audit log</h1>
      ${integrity(input, verification, countEntries(heads))} ${filters(input, filter)}
      ${entries.length === 0 ? none(input) : list(entries, input)}
      ${pager(
        given ? to('') : undefined,
        hasMore ? to(positionsBefore(before, entries).join('.')) : undefined,
        'Older entries',
      )}`
    const reload = verification.kind === 'running' ? { reloadSeconds: 1 } : {}
    return consoleView(input, path, { title: 'Audit log', main, ...reload })
  },
}

/** Parses the positions of an address; `undefined` for anything else. */
function parsePositions(text: string): Positions | undefined {
  return /^\d{1,15}(\.\d{1,15}){0,16}$/.test(text) ? text.split('.').map(Number) : undefined
}

function none({ link }: PageInput): Html {
  return emptyState(
    'No matching entries.',
    html`Remove a filter, or <a href="${link(path)}">show all entries</a>.`,
  )
}

function filters({ link }: PageInput, { type, user }: Readonly<Record<'type' | 'user', string>>) {
  return html`<form class="search row" action="${link(path)}">
    <label for="type" class="unseen">Event</label>
    <select id="type" name="type">
      <option value="">All events</option>
      ${eventTypes.map(
        (one) => html`<option value="${one}" ${one === type && html` selected`}>${one}</option>`,
      )}
    </select>
    <label for="user" class="unseen">User id</label>
    <input id="user" name="user" value="${user}" placeholder="User id" />
    <button class="small">Filter</button>
  </form>`
}

function list(entries: readonly Entry[], { link }: PageInput): Html {
  const rows = entries.map((entry) => [
    entryName(entry),
    absoluteTime(entry.at),
    html`<code>${entry.type}</code>`,
    entry.userId === null
      ? '–'
      : html`<a href="${link(withQuery(path, { user: entry.userId }))}"
          ><code>${entry.userId}</code></a
        >`,
    html`<code class="long">${factsOf(entry)}</code>`,
  ])
  return table('Entries of the audit log', ['No.', 'When', 'Event', 'User', 'Facts'], rows)
}

/** Renders an entry's facts; personal ones are missing once they were erased. */
function factsOf({ facts, personal }: Entry): string {
  const all = { ...readFacts(facts), ...readFacts(personal) }
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${inWords(name, value)}`)
    .join(', ')
}

function inWords(name: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return name === 'userAgent' ? deviceOf(value) : value
}

/** Renders the integrity of the chain, and the forms to verify and export it. */
function integrity({ link }: PageInput, verification: VerificationState, newest: number): Html {
  return html`<section class="card" aria-labelledby="integrity">
    <div class="title">
      <h2 id="integrity">Integrity</h2>
      <div class="row">
        <form method="post" action="${link(verifyForm.path)}">
          <button class="small">Verify</button>
        </form>
        <form method="post" action="${link(exportForm.path)}">
          <button class="small">Export</button>
        </form>
      </div>
    </div>
    ${verdict(verification, newest)}
  </section>`
}
