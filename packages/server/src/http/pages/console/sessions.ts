import { z } from 'zod'
import { endSessionOf } from '../../../domain/administration/sign-out-user.ts'
import type { NamedSession } from '../../../domain/sessions/sessions.ts'
import { pageByTime } from '../../pipeline/cursor.ts'
import { deviceOf } from '../../browser/device.ts'
import { anyId } from '../../api/schemas.ts'
import { html, type Html } from '../html.ts'
import { actorOf, form, type Page, type PageInput } from '../page.ts'
import { ago, moment } from '../times.ts'
import { consoleView, nothing, pager, table, withQuery } from './frame.ts'
import { usersPath } from './users.ts'

const path = '/console/sessions'
const pageSize = 50

const endForm = form({
  name: 'end-any-session',
  path: `${path}/end`,
  limit: 'changes-per-user',
  anyAge: true, // to sign somebody out may be urgent
  fields: z.object({ user: anyId, session: anyId }),
  async act({ fields, runtime, member, link }) {
    const by = actorOf(member())
    await endSessionOf(runtime, fields.user, fields.session, by)
    return { to: link(path), notice: 'session_ended' }
  },
})

/** Who is signed in, and where. */
export const consoleSessions: Page = {
  path,
  summary: 'List the sessions of all users, and end them',
  access: 'admin',
  forms: [endForm],

  async show(input) {
    const { query, runtime, link } = input
    const now = runtime.clock.now()
    const cursor = query.get('cursor') ?? undefined
    const asked = { limit: pageSize, cursor }
    const { items: shown, next } = await pageByTime(asked, 'expiresAt', (part) =>
      runtime.store.sessions.page({ ...part, now }),
    )
    const older = next === null ? undefined : link(withQuery(path, { cursor: next }))
    const main = html`<h1>Sessions</h1>
      <p class="intro">
        Everybody who is signed in, the last sign-in first. To find somebody's, look for the
        <a href="${link(usersPath)}">user</a>.
      </p>
      ${
        shown.length === 0
          ? nothing(
              'Nobody is signed in.',
              'A session begins with a sign-in, and stands here then.',
            )
          : list(shown, input, now)
      }
      ${pager(cursor && link(path), older, 'Older sessions')}`
    return consoleView(input, path, { title: 'Sessions', main })
  },
}

function list(shown: readonly NamedSession[], { link, member }: PageInput, now: number): Html {
  const rows = shown.map((session) => [
    html`<a href="${link(`${usersPath}/${session.userId}`)}">${session.userName}</a>`,
    html`${deviceOf(session.userAgent)}${
      session.id === member().session.id && html` <span class="badge">This device</span>`
    }`,
    session.address ?? '–',
    moment(session.createdAt),
    ago(session.lastUsedAt, now),
    html`<form method="post" action="${link(endForm.path)}">
      <input type="hidden" name="user" value="${session.userId}" />
      <input type="hidden" name="session" value="${session.id}" />
      <button class="small" aria-label="End the session of ${session.userName}">End</button>
    </form>`,
  ])
  const heads = ['User', 'Device', 'Address', 'Signed in', 'Last used', 'Action']
  return table('Sessions of all users', heads, rows)
}
