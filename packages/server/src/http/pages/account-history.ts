import type { EventType } from '../../domain/audit-log/event.ts'
import { readFacts } from '../../domain/audit-log/read-facts.ts'
import type { Entry } from '../../domain/audit-log/chain.ts'
import { deviceOf } from '../browser/device.ts'
import { html, type Html } from './html.ts'
import { icon, type IconName } from './icons.ts'
import type { PageInput } from './page.ts'
import { ago } from './times.ts'

const most = 20 // entries; what is older is the operator's matter

/** How an event is told to the one whom it happened to; what does not concern a user is not told. */
const tellings: { readonly [type in EventType]?: readonly [IconName, string] } = {
  login: ['person', 'Signed in'],
  login_refused: ['alert', 'Somebody tried to sign in with a wrong password'],
  refresh_reused: [
    'alert',
    'A session was ended, for somebody else may have held its refresh token',
  ],
  logout: ['door', 'Signed out'],
  session_ended: ['door', 'A session was ended'],
  password_refused: ['alert', 'A wrong current password was given'],
  password_changed: ['key', 'Password changed'],
  password_set: ['key', 'Password set by an administrator'],
  user_registered: ['person', 'Account made'],
  user_disabled: ['alert', 'Account disabled by an administrator'],
  user_enabled: ['check', 'Account enabled again'],
  email_set: ['mail', 'E-mail address changed'],
  roles_set: ['person', 'Roles changed'],
}

/** What has happened lately, from the audit log. */
export async function history({ runtime, member }: PageInput): Promise<Html> {
  const entries = await runtime.store.auditLog.newest(most, { userId: member().user.id })
  const now = runtime.clock.now()
  return html`<section class="card" aria-labelledby="history">
    <h2 id="history">What has happened</h2>
    <p class="intro">The last ${most} events of your account, the newest first.</p>
    <ol class="list">
      ${entries.map((entry) => telling(entry, now))}
    </ol>
  </section>`
}

function telling({ type, at, personal }: Entry, now: number): Html | undefined {
  if (!Object.hasOwn(tellings, type)) return undefined
  const [drawing, words] = tellings[type as EventType] ?? []
  if (!drawing) return undefined
  const { address, userAgent } = readFacts(personal)
  const device = typeof userAgent === 'string' ? deviceOf(userAgent) : ''
  const from = [device, typeof address === 'string' ? address : ''].filter(Boolean).join(', ')
  return html`<li class="${drawing === 'alert' ? 'alarming' : 'calm'}">
    ${icon(drawing)}
    <div class="what">
      <p>${words}</p>
      ${from !== '' && html`<p class="quietly">${from}</p>`}
    </div>
    <p class="quietly">${ago(at, now)}</p>
  </li>`
}
