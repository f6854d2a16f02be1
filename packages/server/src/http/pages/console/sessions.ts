import { z } from 'zod'
import { endSession } from '../../../domain/sessions/end-sessions.ts'
import type { Session } from '../../../domain/sessions/session.ts'
import type { NamedSession } from '../../../domain/store.ts'
import { deviceOf } from '../../device.ts'
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { ago, moment } from '../times.ts'
import { consoleView, nothing, pager, table, withQuery } from './frame.ts'
import { usersPath } from './users.ts'

const path = '/console/sessions'
const pageSize = 50

const endForm = form({
  name: 'end-any-session',
  path: `${path}/end`,
  limit: 'changes-per-user',
  fields: z.object({ user: z.string().max(64), session: z.string().max(64) }),
  async act({ fields, runtime, link }) {
    await endSession(runtime, fields.user, fields.session, 'ended_by_administrator')
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
    const after = readCursor(query.get('after'))
    const found = await runtime.store.sessions.page({ now, limit: pageSize + 1, after })
    const shown = found.slice(0, pageSize)
    const last = found.length > pageSize ? shown.at(-1)?.session : undefined
    const next = last && link(withQuery(path, { after: writeCursor(last) }))
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
      ${pager(after && link(path), next, 'Older sessions')}`
    return consoleView(input, path, { title: 'Sessions', main })
  },
}

function list(shown: readonly NamedSession[], { link, member }: PageInput, now: number): Html {
  const rows = shown.map(({ session, userName }) => [
    html`<a href="${link(`${usersPath}/${session.userId}`)}">${userName}</a>`,
    html`${deviceOf(session.userAgent)}${
      session.id === member().session.id && html` <span class="badge">This device</span>`
    }`,
    session.address ?? '–',
    moment(session.createdAt),
    ago(session.lastUsedAt, now),
    html`<form method="post" action="${link(endForm.path)}">
      <input type="hidden" name="user" value="${session.userId}" />
      <input type="hidden" name="session" value="${session.id}" />
      <button class="small" aria-label="End the session of ${userName}">End</button>
    </form>`,
  ])
  const heads = ['User', 'Device', 'Address', 'Signed in', 'Last used', 'Action']
  return table('Sessions of all users', heads, rows)
}

/** Where the next page begins: the last session of this one. */
function writeCursor({ expiresAt, id }: Session): string {
  return `${expiresAt}.${id}`
}

/** Reads what {@link writeCursor} wrote; anything else is the beginning. */
function readCursor(text: string | null): Pick<Session, 'expiresAt' | 'id'> | undefined {
  const [, expiresAt, id = ''] = /^(\d{1,12})\.([\w-]{1,64})$/.exec(text ?? '') ?? []
  return expiresAt === undefined ? undefined : { expiresAt: Number(expiresAt), id }
}
