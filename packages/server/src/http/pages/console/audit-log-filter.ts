import { toIsoText, type Seconds } from '@countersign/token/internal'
import type { EventType } from '../../../domain/audit-log/event.ts'
import { eventTypes } from '../../../domain/audit-log/event-names.ts'
import type { EntryFilter } from '../../../domain/audit-log/audit-log.ts'
import { foldEmail } from '../../../domain/users/email.ts'
import { foldName } from '../../../domain/users/user.ts'
import type { UserTables } from '../../../domain/users/users.ts'
import { eventLabels } from '../event-labels.ts'
import { html, type Html } from '../html.ts'
import type { PageInput } from '../page.ts'
import { withQuery } from './console-layout.ts'

/** The path of the section of the audit log. */
export const auditLogPath = '/console/audit-log'

/** The filter of the audit log as it was typed; empty fields do not filter. */
export interface TypedFilter {
  readonly type: string
  /** A user name, an e-mail address or an id. */
  readonly user: string
  /** Times in UTC, as a field for a date with a time writes them. */
  readonly from: string
  readonly to: string
}

const maxTyped = 254 // characters, as an e-mail address

/** Reads the typed filter from the query of the URL. */
export function typedFilter(query: URLSearchParams): TypedFilter {
  const read = (name: string) => (query.get(name) ?? '').slice(0, maxTyped)
  return { type: read('type'), user: read('user'), from: read('from'), to: read('to') }
}

/** Turns what was typed into a filter of entries; the problem is one of the user's name, which no user has. */
export async function toFilter(
  { users }: UserTables,
  { type, user, from, to }: TypedFilter,
): Promise<EntryFilter & { readonly unknownUser: boolean }> {
  const userId = user === '' ? undefined : await userIdOf(users, user)
  const until = parseMoment(to)
  return {
    type: type || undefined,
    userId,
    since: parseMoment(from)?.at,
    until: until && until.at + until.length,
    unknownUser: user !== '' && userId === undefined,
  }
}

/** Returns the id of a user by name, by e-mail address or by id: also the id of a deleted user, whose entries stay. */
async function userIdOf(users: UserTables['users'], text: string): Promise<string | undefined> {
  const found =
    (await users.findByName(foldName(text)))?.user ?? (await users.findByEmail(foldEmail(text)))
  return found?.id ?? (/^u_[\w-]{22}$/.test(text) ? text : undefined)
}

/** Parses a day, a minute or a second in UTC: its start and its length, since an end includes it. Pure. */
export function parseMoment(
  text: string,
): { readonly at: Seconds; readonly length: Seconds } | undefined {
  const [, day, minute, second] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?)?$/.exec(text) ?? []
  if (day === undefined) return undefined
  // oxlint-disable-next-line no-restricted-globals -- it parses a text, and reads no clock
  const at = Date.parse(`${day}T${minute ?? '00:00'}${second ?? ':00'}Z`) / 1000
  if (Number.isNaN(at)) return undefined
  return { at, length: minute === undefined ? 86_400 : second === undefined ? 60 : 1 }
}

/** Returns the path of the audit log, filtered to the entries since the beginning of today, in UTC. */
export function todayPath(now: Seconds, type: EventType | '' = ''): string {
  const [day = ''] = toIsoText(now).split('T')
  return withQuery(auditLogPath, { type, from: `${day}T00:00` })
}

/** Renders the form that filters. */
export function filterForm({ link, t, runtime }: PageInput, typed: TypedFilter): Html {
  const labels = eventTypes
    .map((one) => [one, t(eventLabels[one as EventType])] as const) // the list has kinds of events only
    .toSorted(([, a], [, b]) => a.localeCompare(b, t.language))
  const time = (name: 'from' | 'to', label: string) =>
    html`<div class="field">
      <label for="${name}">${label}</label>
      <input id="${name}" name="${name}" type="datetime-local" value="${typed[name]}" />
    </div>`
  const now = runtime.clock.now()
  return html`<form class="filters" action="${link(auditLogPath)}">
      <div class="field">
        <label for="type">${t('Event')}</label>
        <select id="type" name="type">
          <option value="">${t('All events')}</option>
          ${labels.map(
            ([one, label]) =>
              html`<option value="${one}" ${one === typed.type && html` selected`}>
                ${label}
              </option>`,
          )}
        </select>
      </div>
      <div class="field">
        <label for="user">${t('User name, e-mail or id')}</label>
        <input
          id="user"
          name="user"
          value="${typed.user}"
          autocapitalize="none"
          spellcheck="false"
        />
      </div>
      ${time('from', t('From (UTC)'))} ${time('to', t('To (UTC)'))}
      <button class="small">${t('Filter')}</button>
    </form>
    <p class="row quietly">
      <a href="${link(todayPath(now))}">${t('Today')}</a>
      <a href="${link(todayPath(now, 'login_refused'))}">${t('Failed sign-ins today')}</a>
      <a href="${link(auditLogPath)}">${t('All entries')}</a>
    </p>`
}
