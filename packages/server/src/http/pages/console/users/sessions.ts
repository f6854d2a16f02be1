import * as z from 'zod'
import { endSessionOf } from '../../../../domain/administration/sign-out-user.ts'
import type { NamedSession } from '../../../../domain/sessions/sessions.ts'
import { pageByTime } from '../../../pipeline/pagination.ts'
import { deviceOf } from '../../../browser/device-name.ts'
import { idSchema } from '../../../api/schemas.ts'
import { html, type Html } from '../../html.ts'
import { actorOf, form, type Page, type PageInput } from '../../page.ts'
import { absoluteTime, relativeTime } from '../../format-time.ts'
import { consoleView, emptyState, pager, table, withQuery } from '../console-layout.ts'
import { usersPath } from './users.ts'

const path = '/console/sessions'
const pageSize = 50

const endForm = form({
  name: 'end-any-session',
  path: `${path}/end`,
  limit: 'changes-per-user',
  allowOldSignIn: true, // signing a user out may be urgent
  fields: z.object({ user: idSchema, session: idSchema }),
  async submit({ fields, runtime, member, link }) {
    const by = actorOf(member())
    await endSessionOf(runtime, fields.user, fields.session, by)
    return { to: link(path), flash: 'session_ended' }
  },
})

/** The sessions of all users. */
export const consoleSessions: Page = {
  path,
  summary: 'List the sessions of all users, and end them',
  access: 'admin',
  forms: [endForm],

  async render(input) {
    const { query, runtime, link } = input
    const now = runtime.clock.now()
    const cursor = query.get('cursor') ?? undefined
    const pageQuery = { limit: pageSize, cursor }
    const { items: shown, next } = await pageByTime(pageQuery, 'expiresAt', (part) =>
      runtime.store.sessions.page({ ...part, now }),
    )
    const older = next === null ? undefined : link(withQuery(path, { cursor: next }))
    const main = html`<h1>Sessions</h1>
      <p class="intro">
        All sessions, the last sign-in first. To find those of one user, open the
        <a href="${link(usersPath)}">user</a>.
      </p>
      ${
        shown.length === 0
          ? emptyState('No sessions.', 'A session begins with a sign-in, and is listed here then.')
          : list(shown, input, now)
      }
      ${pager(input.t, cursor && link(path), older, 'Older sessions')}`
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
    absoluteTime(session.createdAt),
    relativeTime(session.lastUsedAt, now),
    html`<form method="post" action="${link(endForm.path)}">
      <input type="hidden" name="user" value="${session.userId}" />
      <input type="hidden" name="session" value="${session.id}" />
      <button class="small" aria-label="Sign out ${session.userName}">Sign out</button>
    </form>`,
  ])
  const heads = ['User', 'Device', 'Address', 'Signed in', 'Last used', 'Action']
  return table('Sessions of all users', heads, rows)
}
