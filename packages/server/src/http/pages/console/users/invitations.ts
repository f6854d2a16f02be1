import * as z from 'zod'
import {
  invitationLink,
  inviteUser,
  revokeInvitation,
  type NewInvitation,
} from '../../../../domain/registration/invite-user.ts'
import {
  showInvitation,
  type ShownInvitation,
} from '../../../../domain/registration/show-invitation.ts'
import { pageByTime } from '../../../pipeline/pagination.ts'
import { idSchema } from '../../../api/schemas.ts'
import { absoluteTime } from '../../format-time.ts'
import { isClientInviter } from '../../../../domain/registration/invitation.ts'
import { copyable, field, formErrorMessage } from '../../fields.ts'
import { html, type Html, type HtmlContent } from '../../html.ts'
import { actorOf, form, type Page, type PageInput } from '../../page.ts'
import { consoleView, emptyState, pager, table, withQuery } from '../console-layout.ts'
import { splitWords, usersPath } from './users.ts'

const path = '/console/invitations'
const pageSize = 50
const day = 86_400 // seconds

const inviteForm = form({
  name: 'invite',
  path: `${path}/add`,
  limit: 'changes-per-user',
  fields: z.object({ roles: z.string().max(1024), days: z.coerce.number().int().min(1).max(90) }),
  echoedFields: ['roles', 'days'],
  fieldErrors: { role_unacceptable: { field: 'roles' } },
  async submit(input) {
    const { fields, runtime, member } = input
    const by = actorOf(member())
    return newView(
      input,
      await inviteUser(runtime, fields.days * day, splitWords(fields.roles), by),
    )
  },
})

const revokeForm = form({
  name: 'revoke-invitation',
  path: `${path}/revoke`,
  limit: 'changes-per-user',
  fields: z.object({ invitation: idSchema }),
  async submit({ fields, runtime, member, link }) {
    await revokeInvitation(runtime, fields.invitation, actorOf(member()))
    return { to: link(path), flash: 'invitation_revoked' }
  },
})

/** The invitations: list, create and revoke them. */
export const consoleInvitations: Page = {
  path,
  summary: 'List invitations, create and revoke them',
  access: 'admin',
  forms: [inviteForm, revokeForm],

  async render(input) {
    const { query, runtime, link } = input
    const cursor = query.get('cursor') ?? undefined
    const { items, next } = await pageByTime({ limit: pageSize, cursor }, 'createdAt', (part) =>
      runtime.store.replica.invitations.list(part),
    )
    const shown = await Promise.all(items.map((one) => showInvitation(runtime, one)))
    const older = next === null ? undefined : link(withQuery(path, { cursor: next }))
    const main = html`<h1>Invitations</h1>
      <p class="intro">
        An invitation registers one user with its roles. Those that ended more than 30 days ago are
        deleted.
      </p>
      ${shown.length === 0 ? emptyState('No invitations.', 'Create one below.') : list(shown, input)}
      ${pager(input.t, cursor && link(path), older, 'Older invitations')} ${addition(input)}`
    return consoleView(input, path, { title: 'Invitations', main })
  },
}

function list(shown: readonly ShownInvitation[], { link }: PageInput): Html {
  const rows = shown.map(({ invitation: { id, roles, createdBy, expiresAt }, state, inviter }) => [
    html`<code>${id}</code>`,
    state === 'open' ? 'Open' : html`<span class="badge alarm">${state}</span>`,
    roles.map((role) => html`<span class="badge">${role}</span> `),
    inviter && !isClientInviter(inviter)
      ? html`<a href="${link(`${usersPath}/${inviter.id}`)}">${inviter.name}</a>`
      : (inviter?.name ?? createdBy ?? 'Command line'),
    absoluteTime(expiresAt),
    html`<form method="post" action="${link(revokeForm.path)}">
      <input type="hidden" name="invitation" value="${id}" />
      <button class="small" aria-label="Revoke ${id}">Revoke</button>
    </form>`,
  ])
  return table('Invitations', ['Id', 'State', 'Roles', 'By', 'Expires', 'Action'], rows)
}

/** Shows a new invitation in the response to its form, the only place that has the secret: no redirect could carry it. */
function newView(input: PageInput, { secret, invitation: { expiresAt } }: NewInvitation) {
  const { link, runtime } = input
  const main = html`<section class="card">
    <h1>Invitation created</h1>
    <p class="intro">
      Send this link to one person. It works once, until ${absoluteTime(expiresAt)}, and is not
      shown again.
    </p>
    ${copyable('Link', invitationLink(runtime.issuer.url, secret).reveal())}
    <p><a class="button" href="${link(path)}">All invitations</a></p>
  </section>`
  return consoleView(input, path, { title: 'Invitation created', main })
}

function addition({ formError, link, runtime }: PageInput): Html {
  if (runtime.policies.users.registration === 'closed')
    return html`<p class="aside">
      Registration is closed. To invite users, set <code>users.registration</code> to
      <code>invitation</code>.
    </p>`
  const of = { form: inviteForm.name, formError }
  const text = (name: string, label: string, hint: HtmlContent, required: boolean) =>
    field(of, { name, label, type: 'text', autocomplete: 'off', hint, required })
  return html`<section class="card" aria-labelledby="invite">
    <h2 id="invite">New invitation</h2>
    <form method="post" action="${link(inviteForm.path)}" class="fields">
      ${formErrorMessage(of)}
      ${text('roles', 'Roles', html`Separated by spaces; <code>admin</code> gives access to this console.`, false)}
      ${text('days', 'Valid for days', 'From 1 to 90.', true)}
      <button class="primary">Create invitation</button>
    </form>
  </section>`
}
