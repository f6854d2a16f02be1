import * as z from 'zod'
import {
  makeApiToken,
  revokeApiToken,
  type NewApiToken,
} from '../../../domain/machines/api-token.ts'
import { confirmPassword } from '../../../domain/passwords/confirm-password.ts'
import type { Session } from '../../../domain/sessions/session.ts'
import { idSchema, password } from '../../api/schemas.ts'
import { splitWords } from '../console/users/user-fields.ts'
import {
  copyable,
  currentPasswordField,
  field,
  formErrorMessage,
  hiddenUsername,
  type Field,
} from '../fields.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { absoluteTime, relativeTime } from '../format-time.ts'
import { html, type Html, type HtmlContent } from '../html.ts'
import { form, ownerOf, type Page, type PageInput } from '../page.ts'

const path = '/account/tokens'
const revokePath = '/account/tokens/revoke'
const day = 86_400 // seconds

const makeForm = form({
  name: 'make-token',
  path,
  limit: 'changes-per-user',
  fields: z.object({
    name: z.string().min(1).max(128),
    scopes: z.string().min(1).max(1024),
    resource: z.string().max(255),
    days: z.coerce.number().int().min(1).max(366),
    password,
  }),
  echoedFields: ['name', 'scopes', 'resource', 'days'],
  fieldErrors: {
    ...currentPasswordFieldErrors,
    api_token_unacceptable: { field: 'name' },
    scope_unacceptable: { field: 'scopes' },
    resource_unknown: { field: 'resource' },
  },
  async submit(input) {
    const { fields, runtime, member, client } = input
    await confirmPassword(runtime, ownerOf(member(), fields.password, client))
    const { user, session } = member()
    const { name, days } = fields
    const resource = fields.resource === '' ? undefined : fields.resource
    const said = { name, scopes: splitWords(fields.scopes), resource, lifetime: days * day }
    return newView(
      input,
      await makeApiToken(runtime, { userId: user.id, sessionId: session.id }, said),
    )
  },
})

const revokeForm = form({
  name: 'revoke-token',
  path: revokePath,
  limit: 'changes-per-user',
  fields: z.object({ token: idSchema }),
  async submit({ fields, runtime, member, link }) {
    const { user, session } = member()
    await revokeApiToken(runtime, { userId: user.id, sessionId: session.id }, fields.token)
    return { to: link(path), flash: 'token_revoked' }
  },
})

/** The visitor's API tokens: list and create them. */
export const accountTokens: Page = {
  path,
  summary: 'See your API tokens, with when they were last used and expire, and create one',
  access: 'user',
  forms: [makeForm],

  async render(input) {
    const { runtime, member, t } = input
    const now = runtime.clock.now()
    const tokens = await runtime.store.sessions.listGrants(member().user.id, 'api_token', now)
    const main = html`<section class="card" aria-labelledby="tokens">
        <h1 id="tokens">${t('API tokens')}</h1>
        <p class="intro">
          ${t('An API token lets a program act for you, with its scopes, until it expires or you revoke it. It stays valid when you sign out.')}
        </p>
        ${tokens.length === 0 && html`<p>${t('You have no API tokens.')}</p>`}
        <ul class="list">
          ${tokens.map((one) => item(one, now, input))}
        </ul>
      </section>
      ${addition(input)}`
    return { title: t('API tokens'), main, language: t.language }
  },
}

/** Asks before an API token is revoked: a page of its own, so that it does not happen by mistake. */
export const revokeTokenPage: Page = {
  path: revokePath,
  summary: 'Revoke one of your API tokens, after a question',
  access: 'user',
  forms: [revokeForm],

  async render({ runtime, member, query, link, formError, t }) {
    const id = formError?.typed['token'] ?? query.get('token')
    const tokens = await runtime.store.sessions.listGrants(
      member().user.id,
      'api_token',
      runtime.clock.now(),
    )
    const found = tokens.find((one) => one.id === id)
    if (!found) return { to: link(path) }
    const main = html`<section class="card narrow">
      <h1>${t('Revoke this API token?')}</h1>
      <p>
        ${t.html('Every API refuses {name} at once, and programs that use it stop working. This cannot be undone.', { name: html`<strong>${found.grant?.name}</strong>` })}
      </p>
      <form method="post" action="${link(revokePath)}" class="fields">
        ${formErrorMessage({ form: revokeForm.name, formError })}
        <input type="hidden" name="token" value="${found.id}" />
        <div class="row">
          <button class="danger">${t('Revoke')}</button>
          <a class="button" href="${link(path)}">${t('Cancel')}</a>
        </div>
      </form>
    </section>`
    return { title: t('Revoke this API token?'), main, language: t.language }
  },
}

function item({ id, grant, ...one }: Session, now: number, { link, t }: PageInput): Html {
  const used =
    one.lastUsedAt === one.createdAt
      ? t('Never used')
      : t.html('Last used {time}', { time: relativeTime(one.lastUsedAt, now, t.language) })
  return html`<li>
    <div class="what">
      <p><strong>${grant?.name}</strong></p>
      <p>${grant?.scopes.map((scope) => html`<span class="badge">${scope}</span> `)}</p>
      <p class="quietly">${grant?.resource}</p>
      <p class="quietly">
        ${used}; ${t.html('expires {time}', { time: absoluteTime(one.expiresAt, t.language) })}
      </p>
    </div>
    <a
      class="button small"
      aria-label="${t('Revoke {name}', { name: grant?.name ?? '' })}"
      href="${link(`${revokePath}?token=${id}`)}"
      >${t('Revoke …')}</a
    >
  </li>`
}

/** Shows a new API token in the response to its form, the only place that has it: no redirect could carry it. */
function newView({ link, t }: PageInput, { secret, session }: NewApiToken) {
  const main = html`<section class="card">
    <h1>${t('API token created')}</h1>
    <p class="intro">
      ${t.html('Copy it now: it is not shown again. It is valid until {time}.', { time: absoluteTime(session.expiresAt, t.language) })}
    </p>
    ${copyable(t('API token'), secret.reveal(), t)}
    <p><a class="button" href="${link(path)}">${t('All API tokens')}</a></p>
  </section>`
  return { title: t('API token created'), main, language: t.language }
}

function addition({ formError, link, member, t }: PageInput): Html {
  const of = { form: makeForm.name, formError, t }
  const text = (name: string, label: string, hint: HtmlContent, more: Partial<Field> = {}) =>
    field(of, { name, label, type: 'text', autocomplete: 'off', hint, ...more })
  return html`<section class="card" aria-labelledby="make">
    <h2 id="make">${t('New API token')}</h2>
    <form method="post" action="${link(path)}" class="fields">
      ${formErrorMessage(of)} ${hiddenUsername(member())}
      ${text('name', t('Name'), t('What it is for.'))}
      ${text('scopes', t('Scopes'), t.html('Separated by spaces; {scope} gives it your roles.', { scope: html`<code>roles</code>` }))}
      ${text('resource', t('Resource'), t('The URL of the API; this server unless given.'), { required: false })}
      ${text('days', t('Valid for days'), t('From 1 to 366.'), { value: '90' })}
      ${currentPasswordField(of, member())}
      <button class="primary">${t('Create API token')}</button>
    </form>
  </section>`
}
