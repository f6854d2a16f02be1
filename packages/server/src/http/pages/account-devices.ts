import { z } from 'zod'
import { endSession, endSessions } from '../../domain/sessions/end-sessions.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { deviceOf } from '../browser/device.ts'
import { anyId } from '../api/schemas.ts'
import { html, type Html } from './html.ts'
import { icon } from './icons.ts'
import { form, type PageInput } from './page.ts'
import { ago, moment } from './times.ts'

const onePath = '/account/devices/end'
const othersPath = '/account/devices/end-others'

/** Signs one device out. */
export const endOneForm = form({
  name: 'end-one',
  path: onePath,
  limit: 'changes-per-user',
  fields: z.object({ session: anyId }),
  async act({ fields, runtime, member, link }) {
    const { user, session } = member()
    await endSession(runtime, user.id, fields.session, 'ended_by_user')
    if (fields.session === session.id)
      return { to: link('/sign-in'), notice: 'signed_out', signedOut: true }
    return { to: link('/account'), notice: 'session_ended' }
  },
})

/** Signs every other device out. */
export const endOthersForm = form({
  name: 'end-others',
  path: othersPath,
  limit: 'changes-per-user',
  fields: z.object({}),
  async act({ runtime, member, link }) {
    const { user, session } = member()
    await endSessions(runtime, user.id, 'ended_by_user', session.id)
    return { to: link('/account'), notice: 'others_ended' }
  },
})

/** Where somebody is signed in, this device first. */
export async function devices({ runtime, member, link }: PageInput): Promise<Html> {
  const { user, session: here } = member()
  const now = runtime.clock.now()
  const alive = await runtime.store.sessions.listAlive(user.id, now)
  const others = alive.filter(({ id }) => id !== here.id)
  return html`<section class="card" aria-labelledby="devices">
    <div class="title">
      <h2 id="devices">Devices</h2>
      ${
        others.length > 0 &&
        html`<form method="post" action="${link(othersPath)}">
          <button class="small">End all others</button>
        </form>`
      }
    </div>
    <p class="intro">
      Where you are signed in. End whatever you do not know, and then change your password.
    </p>
    <ul class="list">
      ${[here, ...others].map((one) => device(one, { here: one.id === here.id, now, link }))}
    </ul>
  </section>`
}

function device(
  one: Session,
  { here, now, link }: { here: boolean; now: number; link: PageInput['link'] },
): Html {
  const name = deviceOf(one.userAgent)
  const kind = /Android|iOS|iPadOS/.test(name) ? 'phone' : 'device'
  return html`<li>
    ${icon(kind)}
    <div class="what">
      <h3>${name}${here && html` <span class="badge">This device</span>`}</h3>
      <p class="quietly">
        Signed in ${moment(one.createdAt)}${one.address !== null && html` from ${one.address}`},
        last used ${ago(one.lastUsedAt, now)}
      </p>
    </div>
    ${
      !here &&
      html`<form method="post" action="${link(onePath)}">
        <input type="hidden" name="session" value="${one.id}" />
        <button
          class="small"
          aria-label="End ${name}, signed in ${ago(one.createdAt, now).replace(/<[^>]*>/g, '')}"
        >
          End
        </button>
      </form>`
    }
  </li>`
}
