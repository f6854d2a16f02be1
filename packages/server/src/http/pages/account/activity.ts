import type { EventType } from '../../../domain/audit-log/event.ts'
import { readFacts } from '../../../domain/audit-log/read-facts.ts'
import type { Entry } from '../../../domain/audit-log/chain.ts'
import { deviceOf } from '../../browser/device-name.ts'
import { html, type Html } from '../html.ts'
import { icon, type IconName } from '../icons.ts'
import type { PageInput } from '../page.ts'
import { relativeTime } from '../format-time.ts'

const maxEntries = 20 // older ones are in the operator's audit log

/** The descriptions of events for the user they concern; other events are not shown. */
const eventDescriptions: { readonly [type in EventType]?: readonly [IconName, string] } = {
  login: ['person', 'Signed in'],
  login_refused: ['alert', 'Failed sign-in: wrong password'],
  refresh_reused: ['alert', 'A session was ended because its refresh token may have been stolen'],
  refresh_repeated: ['alert', 'A session was refreshed from two networks at once'],
  logout: ['door', 'Signed out'],
  session_ended: ['door', 'A session was ended'],
  password_refused: ['alert', 'A wrong current password was entered'],
  password_changed: ['key', 'Password changed'],
  password_reset: ['key', 'Password reset with a code or a link'],
  reset_link_made: ['key', 'An administrator made a link to set a new password'],
  code_refused: ['alert', 'A wrong code was entered'],
  password_set: ['key', 'Password set by an administrator'],
  user_registered: ['person', 'Account created'],
  user_imported: ['person', 'Account moved here from another system'],
  user_disabled: ['alert', 'Account disabled by an administrator'],
  user_enabled: ['check', 'Account enabled by an administrator'],
  email_set: ['mail', 'E-mail address changed'],
  email_verified: ['mail', 'E-mail address verified'],
  roles_set: ['person', 'Roles changed'],
}

/** Renders the recent events of the visitor's account, from the audit log. */
export async function activity({ runtime, member }: PageInput): Promise<Html> {
  const entries = await runtime.store.auditLog.newest(maxEntries, { userId: member().user.id })
  const now = runtime.clock.now()
  return html`<section class="card" aria-labelledby="activity">
    <h2 id="activity">Activity</h2>
    <p class="intro">The last ${maxEntries} events of your account, the newest first.</p>
    <ol class="list">
      ${entries.map((entry) => eventItem(entry, now))}
    </ol>
  </section>`
}

function eventItem({ type, at, personal }: Entry, now: number): Html | undefined {
  if (!Object.hasOwn(eventDescriptions, type)) return undefined
  const [iconName, description] = eventDescriptions[type as EventType] ?? []
  if (!iconName) return undefined
  const { address, userAgent } = readFacts(personal)
  const device = typeof userAgent === 'string' ? deviceOf(userAgent) : ''
  const from = [device, typeof address === 'string' ? address : ''].filter(Boolean).join(', ')
  return html`<li class="${iconName === 'alert' ? 'alarming' : 'calm'}">
    ${icon(iconName)}
    <div class="what">
      <p>${description}</p>
      ${from !== '' && html`<p class="quietly">${from}</p>`}
    </div>
    <p class="quietly">${relativeTime(at, now)}</p>
  </li>`
}
