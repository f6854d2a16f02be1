import type { AuditLogTables } from '../../../../domain/audit-log/audit-log.ts'
import type { Seconds } from '@countersign/token/internal'
import { foldName, type User } from '../../../../domain/users/user.ts'
import type { UserState } from '../../../../domain/users/users.ts'
import { pageByTime } from '../../../pipeline/pagination.ts'
import { html, type Html } from '../../html.ts'
import type { Page, PageInput } from '../../page.ts'
import { absoluteTime, relativeTime } from '../../format-time.ts'
import { badges, consoleView, emptyState, pager, table, withQuery } from '../console-layout.ts'
import { invitePath, newUserPath, usersPath } from './user-fields.ts'

const pageSize = 50

/** The filter of the list, as it was typed. */
interface TypedFilter {
  readonly search: string
  readonly role: string
  readonly state: UserState | ''
}

/** The users: list and find them. */
export const consoleUsers: Page = {
  path: usersPath,
  summary:
    'List users with their sessions and last sign-in, and find them by name, e-mail, role or state',
  access: 'admin',

  async render(input) {
    const { query, runtime, link, t } = input
    const typed = typedFilter(query)
    const { search, role, state } = typed
    const cursor = query.get('cursor') ?? undefined
    const pageQuery = { limit: pageSize, cursor }
    const filter = { search: foldName(search), role: role || undefined, state: state || undefined }
    const { items: users, next } = await pageByTime(pageQuery, 'createdAt', (part) =>
      runtime.store.replica.users.list({ ...part, ...filter }),
    )
    const to = (at: string) => link(withQuery(usersPath, { ...typed, cursor: at }))
    const isFiltered = Object.values(typed).some((one) => one !== '')
    const main = html`<div class="title">
        <h1>${t('Users')}</h1>
        <div class="row">
          <a class="button small" href="${link(invitePath)}">${t('Invite')}</a>
          <a class="button small primary" href="${link(newUserPath)}">${t('New user')}</a>
        </div>
      </div>
      ${filterForm(input, typed)}
      ${users.length === 0 ? noUsers(input, isFiltered) : await list(users, input)}
      ${pager(t, cursor && to(''), next === null ? undefined : to(next), 'Older users')}`
    return consoleView(input, usersPath, { title: t('Users'), main })
  },
}

function typedFilter(query: URLSearchParams): TypedFilter {
  const state = query.get('state')
  return {
    search: (query.get('search') ?? '').slice(0, 254),
    role: (query.get('role') ?? '').trim().slice(0, 64),
    state: state === 'active' || state === 'disabled' ? state : '',
  }
}

function filterForm({ link, t }: PageInput, { search, role, state }: TypedFilter): Html {
  const states = [
    ['', t('All')],
    ['active', t('Active')],
    ['disabled', t('Disabled')],
  ] as const
  return html`<form class="filters" role="search" action="${link(usersPath)}">
    <div class="field">
      <label for="search">${t('Part of a name or e-mail address')}</label>
      <input id="search" name="search" type="search" value="${search}" />
    </div>
    <div class="field">
      <label for="role">${t('Role')}</label>
      <input id="role" name="role" value="${role}" autocapitalize="none" spellcheck="false" />
    </div>
    <div class="field">
      <label for="state">${t('State')}</label>
      <select id="state" name="state">
        ${states.map(
          ([value, text]) =>
            html`<option value="${value}" ${value === state && html` selected`}>${text}</option>`,
        )}
      </select>
    </div>
    <button class="small">${t('Find')}</button>
  </form>`
}

async function list(users: readonly User[], { link, runtime, t }: PageInput): Promise<Html> {
  const now = runtime.clock.now()
  const ids = users.map(({ id }) => id)
  const [counts, signIns] = await Promise.all([
    runtime.store.sessions.countAliveOf(ids, now),
    lastSignIns(runtime.store, ids),
  ])
  const rows = users.map(({ id, name, email, roles, createdAt, disabledAt }) => {
    const signIn = signIns.get(id)
    return [
      html`<a href="${link(`${usersPath}/${id}`)}">${name}</a>`,
      email,
      roles.length > 0 && badges(roles),
      signIn === undefined ? t('never') : relativeTime(signIn, now, t.language),
      String(counts.get(id) ?? 0),
      disabledAt === null ? t('Active') : html`<span class="badge alarm">${t('Disabled')}</span>`,
      absoluteTime(createdAt, t.language),
    ]
  })
  const heads = [
    t('Name'),
    t('E-mail'),
    t('Roles'),
    t('Last sign-in'),
    t('Sessions'),
    t('State'),
    t('Created'),
  ]
  return table(t('Users'), heads, rows)
}

/** Reads when users last signed in, from the audit log: sessions that have ended are deleted after a while. */
async function lastSignIns(
  { auditLog }: AuditLogTables,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Seconds>> {
  const found = await Promise.all(
    ids.map(
      async (userId) => [userId, (await auditLog.newest(1, { userId, type: 'login' }))[0]] as const,
    ),
  )
  return new Map(found.flatMap(([id, entry]) => (entry ? [[id, entry.at] as const] : [])))
}

function noUsers({ t }: PageInput, isFiltered: boolean): Html {
  return isFiltered
    ? emptyState(t('No matching users.'), t('Enter fewer letters, or remove a filter.'))
    : emptyState(t('There are no users on this page.'), t('Create one, or invite one.'))
}
