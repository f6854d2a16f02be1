import type { EventType } from '../../../domain/audit-log/event.ts'
import type { Entry } from '../../../domain/audit-log/chain.ts'
import { originInWords, typeOf } from '../entry-facts.ts'
import { eventLabels } from '../event-labels.ts'
import { html, type Html } from '../html.ts'
import { icon, type IconName } from '../icons.ts'
import type { PageInput } from '../page.ts'
import { relativeTime } from '../format-time.ts'
import type { Translate } from '../translation/translate.ts'

const maxEntries = 20 // older ones are in the operator's audit log

/** The icons of the events that concern a user; other events are not shown. */
const icons: { readonly [type in EventType]?: IconName } = {
  login: 'person',
  login_refused: 'alert',
  refresh_reused: 'alert',
  refresh_repeated: 'alert',
  logout: 'door',
  session_ended: 'door',
  password_refused: 'alert',
  password_changed: 'key',
  password_reset: 'key',
  reset_link_made: 'key',
  code_refused: 'alert',
  factor_added: 'key',
  factor_removed: 'key',
  factor_refused: 'alert',
  factors_reset: 'key',
  recovery_codes_made: 'key',
  recovery_code_used: 'key',
  password_set: 'key',
  user_registered: 'person',
  user_imported: 'person',
  user_disabled: 'alert',
  user_enabled: 'check',
  email_set: 'mail',
  email_verified: 'mail',
  roles_set: 'person',
}

/** Renders the recent events of the visitor's account, from the audit log. */
export async function activity({ runtime, member, t }: PageInput): Promise<Html> {
  const entries = await runtime.store.auditLog.newest(maxEntries, { userId: member().user.id })
  const now = runtime.clock.now()
  return html`<section class="card" aria-labelledby="activity">
    <h2 id="activity">${t('Activity')}</h2>
    <p class="intro">
      ${t('The last {count} events of your account, the newest first.', { count: maxEntries })}
    </p>
    <ol class="list">
      ${entries.map((entry) => eventItem(entry, now, t))}
    </ol>
  </section>`
}

function eventItem(entry: Entry, now: number, t: Translate): Html | undefined {
  const type = typeOf(entry)
  const iconName = type && icons[type]
  if (!iconName) return undefined
  const from = originInWords(entry, t)
  return html`<li class="${iconName === 'alert' ? 'alarming' : 'calm'}">
    ${icon(iconName)}
    <div class="what">
      <p>${t(eventLabels[type])}</p>
      ${from !== '' && html`<p class="quietly">${from}</p>`}
    </div>
    <p class="quietly">${relativeTime(entry.at, now, t.language)}</p>
  </li>`
}
