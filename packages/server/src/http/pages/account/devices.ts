import * as z from 'zod'
import { endOtherSessions, endOwnSession } from '../../../domain/sessions/end-sessions.ts'
import type { Session } from '../../../domain/sessions/session.ts'
import { deviceOf } from '../../browser/device-name.ts'
import { idSchema } from '../../api/schemas.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { form, type PageInput } from '../page.ts'
import { absoluteTime, relativeTime } from '../format-time.ts'

const onePath = '/account/devices/end'
const othersPath = '/account/devices/end-others'

/** Signs out one of the visitor's devices. */
export const endOneForm = form({
  name: 'end-one',
  path: onePath,
  limit: 'changes-per-user',
  fields: z.object({ session: idSchema }),
  async submit({ fields, runtime, member, link }) {
    const { user, session } = member()
    await endOwnSession(runtime, { userId: user.id, sessionId: session.id }, fields.session)
    if (fields.session === session.id)
      return { to: link('/sign-in'), flash: 'signed_out', signedOut: true }
    return { to: link('/account'), flash: 'session_ended' }
  },
})

/** Signs out the visitor's other devices. */
export const endOthersForm = form({
  name: 'end-others',
  path: othersPath,
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ runtime, member, link }) {
    const { user, session } = member()
    await endOtherSessions(runtime, { userId: user.id, sessionId: session.id })
    return { to: link('/account'), flash: 'others_ended' }
  },
})

/** Renders the visitor's devices, this one first. */
export async function devices({ runtime, member, link, t }: PageInput): Promise<Html> {
  const { user, session: here } = member()
  const now = runtime.clock.now()
  const alive = await runtime.store.sessions.listAlive(user.id, now)
  const others = alive.filter(({ id }) => id !== here.id)
  return html`<section class="card" aria-labelledby="devices">
    <div class="title">
      <h2 id="devices">${t('Devices')}</h2>
      ${
        others.length > 0 &&
        html`<form method="post" action="${link(othersPath)}">
          <button class="small">${t('Sign out other devices')}</button>
        </form>`
      }
    </div>
    <p class="intro">
      ${t('The devices where you are signed in. If you do not recognize one, sign it out and change your password.')}
    </p>
    <ul class="list">
      ${[here, ...others].map((one) => device(one, { here: one.id === here.id, now, link, t }))}
    </ul>
  </section>`
}

function device(
  one: Session,
  { here, now, link, t }: { here: boolean; now: number } & Pick<PageInput, 'link' | 't'>,
): Html {
  const name = deviceOf(one.userAgent, t.language)
  const kind = /Android|iOS|iPadOS/.test(name) ? 'phone' : 'device'
  return html`<li>
    ${icon(kind)}
    <div class="what">
      <h3>${name}${here && html` <span class="badge">${t('This device')}</span>`}</h3>
      <p class="quietly">
        ${t.html(
          one.address === null
            ? 'Signed in {time}, last used {used}'
            : 'Signed in {time} from {address}, last used {used}',
          {
            time: absoluteTime(one.createdAt, t.language),
            address: one.address,
            used: relativeTime(one.lastUsedAt, now, t.language),
          },
        )}
      </p>
    </div>
    ${
      !here &&
      html`<form method="post" action="${link(onePath)}">
        <input type="hidden" name="session" value="${one.id}" />
        <button
          class="small"
          aria-label="${t('Sign out {name}, signed in {time}', { name, time: relativeTime(one.createdAt, now, t.language).replace(/<[^>]*>/g, '') })}"
        >
          ${t('Sign out')}
        </button>
      </form>`
    }
  </li>`
}
