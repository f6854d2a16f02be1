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
import { usersPath } from './user-fields.ts'

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
    const { query, runtime, link, t } = input
    const now = runtime.clock.now()
    const cursor = query.get('cursor') ?? undefined
    const pageQuery = { limit: pageSize, cursor }
    const { items: shown, next } = await pageByTime(pageQuery, 'expiresAt', (part) =>
      runtime.store.sessions.page({ ...part, now }),
    )
    const older = next === null ? undefined : link(withQuery(path, { cursor: next }))
    const main = html`<h1>${t('Sessions')}</h1>
      <p class="intro">
        ${t.html(
          'All sessions, the last sign-in first. To end all of one user, open the user in {list}.',
          {
            list: html`<a href="${link(usersPath)}">${t('Users')}</a>`,
          },
        )}
      </p>
      ${
        shown.length === 0
          ? emptyState(t('No sessions.'), t('A session begins with the next sign-in.'))
          : list(shown, input, now)
      }
      ${pager(t, cursor && link(path), older, 'Older sessions')}`
    return consoleView(input, path, { title: t('Sessions'), main })
  },
}

function list(shown: readonly NamedSession[], { link, member, t }: PageInput, now: number): Html {
  const rows = shown.map((session) => [
    html`<a href="${link(`${usersPath}/${session.userId}`)}">${session.userName}</a>`,
    html`${deviceOf(session.userAgent, t.language)}${
      session.id === member().session.id && html` <span class="badge">${t('This device')}</span>`
    }`,
    session.address,
    absoluteTime(session.createdAt, t.language),
    relativeTime(session.lastUsedAt, now, t.language),
    html`<form method="post" action="${link(endForm.path)}">
      <input type="hidden" name="user" value="${session.userId}" />
      <input type="hidden" name="session" value="${session.id}" />
      <button class="small danger" aria-label="${t('Sign out {name}', { name: session.userName })}">
        ${t('Sign out')}
      </button>
    </form>`,
  ])
  const heads = [t('User'), t('Device'), t('Address'), t('Signed in'), t('Last used'), t('Action')]
  return table(t('Sessions of all users'), heads, rows)
}
