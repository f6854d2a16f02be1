import * as z from 'zod'
import { endSessionOf } from '../../../../domain/administration/sign-out-user.ts'
import type { Session } from '../../../../domain/sessions/session.ts'
import type { NamedSession } from '../../../../domain/sessions/sessions.ts'
import { fail } from '../../../../failures.ts'
import { pageByTime } from '../../../pipeline/pagination.ts'
import { absoluteTime, relativeTime } from '../../format-time.ts'
import { html, type Html } from '../../html.ts'
import { actorOf, form, type Page, type PageInput } from '../../page.ts'
import {
  badges,
  consoleView,
  emptyState,
  pager,
  questionView,
  table,
  withQuery,
} from '../console-layout.ts'
import { usersPath } from '../users/user-fields.ts'

const tokensPath = '/console/tokens'
const revokePath = `${tokensPath}/:id/revoke`
const pageSize = 50

const revokeForm = form({
  name: 'revoke-any-token',
  path: revokePath,
  limit: 'changes-per-user',
  allowOldSignIn: true, // a token that leaked is urgent
  fields: z.object({}),
  async submit({ params, runtime, member, link }) {
    const found = await tokenOf({ params, runtime })
    if (!found) throw fail('api_token_unknown')
    await endSessionOf(runtime, found.userId, found.id, actorOf(member()))
    return { to: link(tokensPath), flash: 'token_revoked' }
  },
})

/** The API tokens of all users. */
export const consoleTokens: Page = {
  path: tokensPath,
  summary: 'List the API tokens of all users, with when they were last used and expire',
  access: 'admin',

  async render(input) {
    const { query, runtime, link, t } = input
    const now = runtime.clock.now()
    const cursor = query.get('cursor') ?? undefined
    const { items, next } = await pageByTime({ limit: pageSize, cursor }, 'expiresAt', (part) =>
      runtime.store.sessions.page({ ...part, now, kind: 'api_token' }),
    )
    const older = next === null ? undefined : link(withQuery(tokensPath, { cursor: next }))
    const main = html`<h1>${t('API tokens')}</h1>
      <p class="intro">
        ${t('With an API token a program acts for its user, until the token expires or is revoked. Users make them on their account page. The last to expire is first.')}
      </p>
      ${
        items.length === 0
          ? emptyState(t('No API tokens.'), t('No program acts for a user.'))
          : list(items, input, now)
      }
      ${pager(t, cursor && link(tokensPath), older, 'Older API tokens')}`
    return consoleView(input, tokensPath, { title: t('API tokens'), main })
  },
}

/** Asks before an API token of a user is revoked. */
export const consoleRevokeToken: Page = {
  path: revokePath,
  summary: 'Revoke an API token of a user, after a question',
  access: 'admin',
  forms: [revokeForm],

  async render(input) {
    const { t } = input
    const found = await tokenOf(input)
    if (!found) return { to: input.link(tokensPath) }
    const owner = await input.runtime.store.users.find(found.userId)
    return questionView(input, tokensPath, {
      title: t('Revoke this API token?'),
      text: html`${t.html(
        'Every API refuses {name} of {user} at once, and programs that use it stop working. This cannot be undone.',
        {
          name: html`<strong>${found.grant?.name}</strong>`,
          user: html`<strong>${owner?.name}</strong>`,
        },
      )}`,
      form: revokeForm,
      path: revokePath.replace(':id', found.id),
      button: t('Revoke'),
      back: tokensPath,
    })
  },
}

async function tokenOf({
  params,
  runtime,
}: Pick<PageInput, 'params' | 'runtime'>): Promise<Session | undefined> {
  const id = params['id'] ?? ''
  const found = /^[\w-]{1,128}$/.test(id) ? await runtime.store.sessions.find(id) : undefined
  return found?.grant?.kind === 'api_token' ? found : undefined
}

function list(shown: readonly NamedSession[], { link, t }: PageInput, now: number): Html {
  const rows = shown.map(({ id, userId, userName, grant, createdAt, lastUsedAt, expiresAt }) => [
    html`${grant?.name}`,
    html`<a href="${link(`${usersPath}/${userId}`)}">${userName}</a>`,
    html`${badges(grant?.scopes ?? [])}<br />${grant?.resource}`,
    lastUsedAt === createdAt ? t('never') : relativeTime(lastUsedAt, now, t.language),
    absoluteTime(expiresAt, t.language),
    html`<a
      class="button small danger"
      aria-label="${t('Revoke {name} of {user}', { name: grant?.name ?? '', user: userName })}"
      href="${link(revokePath.replace(':id', id))}"
      >${t('Revoke …')}</a
    >`,
  ])
  const heads = [t('Name'), t('User'), t('Scopes'), t('Last used'), t('Expires'), t('Action')]
  return table(t('API tokens of all users'), heads, rows)
}
