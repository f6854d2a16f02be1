import { z } from 'zod'
import { eventTypes } from '../../../domain/audit-log/event.ts'
import { readFacts } from '../../../domain/audit-log/read-facts.ts'
import type { VerificationState } from '../../../domain/audit-log/verification-run.ts'
import type { Entry } from '../../../domain/audit-log/chain.ts'
import { deviceOf } from '../../browser/device.ts'
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { moment } from '../times.ts'
import { consoleView, nothing, pager, table, withQuery } from './frame.ts'
import { verdict } from './audit-log-integrity.ts'

const path = '/console/audit-log'
const pageSize = 50

const verifyForm = form({
  name: 'verify',
  path: `${path}/verify`,
  limit: 'changes-per-user',
  anyAge: true,
  fields: z.object({}),
  act({ runtime, link }) {
    runtime.verificationRun.start()
    return { to: link(path) }
  },
})

/** By a form, for only who has just signed in may take everything away. */
const exportForm = form({
  name: 'export',
  path: `${path}/export`,
  limit: 'changes-per-user',
  fields: z.object({}),
  act: ({ link }) => ({ to: link('/admin/audit-log/export') }),
})

/** What has happened: the audit log, filtered, verified, and taken away. */
export const consoleAuditLog: Page = {
  path,
  summary: 'Read, filter, verify and export the audit log',
  access: 'admin',
  forms: [verifyForm, exportForm],

  async show(input) {
    const { query, runtime, link } = input
    const before = /^\d{1,15}$/.exec(query.get('before') ?? '')?.[0] ?? ''
    const filter = { type: query.get('type') ?? '', user: (query.get('user') ?? '').slice(0, 64) }
    const found = await runtime.store.auditLog.newest(pageSize + 1, {
      userId: filter.user || undefined,
      type: filter.type || undefined,
      before: before === '' ? undefined : Number(before),
    })
    const entries = found.slice(0, pageSize)
    const more = found.length > pageSize
    const to = (place: string) => link(withQuery(path, { ...filter, before: place }))
    const check = runtime.verificationRun.state()
    const main = html`<h1>Audit log</h1>
      ${checks(input, check, (await runtime.store.auditLog.last())?.seq ?? 0)}
      ${filters(input, filter)} ${entries.length === 0 ? none(input) : list(entries, input)}
      ${pager(
        before === '' ? undefined : to(''),
        more ? to(String(entries.at(-1)?.seq ?? 0)) : undefined,
        'Older entries',
      )}`
    const again = check.kind === 'running' ? { again: 1 } : {}
    return consoleView(input, path, { title: 'Audit log', main, ...again })
  },
}

function none({ link }: PageInput): Html {
  return nothing(
    'No entries fit.',
    html`Take less into the filter, or <a href="${link(path)}">see all of them</a>.`,
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
    <label for="user" class="unseen">Id of a user</label>
    <input id="user" name="user" value="${user}" placeholder="Id of a user" />
    <button class="small">Filter</button>
  </form>`
}

function list(entries: readonly Entry[], { link }: PageInput): Html {
  const rows = entries.map((entry) => [
    String(entry.seq),
    moment(entry.at),
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

/** What else is told; what names a person is left out once it was erased. */
function factsOf({ facts, personal }: Entry): string {
  const told = { ...readFacts(facts), ...readFacts(personal) }
  return Object.entries(told)
    .map(([name, value]) => `${name}: ${inWords(name, value)}`)
    .join(', ')
}

function inWords(name: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return name === 'userAgent' ? deviceOf(value) : value
}

/** Whether the chain fits, and the way to take it all away. */
function checks({ link }: PageInput, check: VerificationState, newest: number): Html {
  return html`<section class="card" aria-labelledby="fits">
    <div class="title">
      <h2 id="fits">Does it fit?</h2>
      <div class="row">
        <form method="post" action="${link(verifyForm.path)}">
          <button class="small">Verify all of it</button>
        </form>
        <form method="post" action="${link(exportForm.path)}">
          <button class="small">Export</button>
        </form>
      </div>
    </div>
    ${verdict(check, newest)}
  </section>`
}
