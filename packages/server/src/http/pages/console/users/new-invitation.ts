import * as z from 'zod'
import {
  invitationLink,
  inviteUser,
  type NewInvitation,
} from '../../../../domain/registration/invite-user.ts'
import { absoluteTime } from '../../format-time.ts'
import { copyable, field, formErrorMessage } from '../../fields.ts'
import { html, type Html } from '../../html.ts'
import { actorOf, form, type Page, type PageInput, type View } from '../../page.ts'
import { consoleView } from '../console-layout.ts'
import { invitationsPath, invitePath, rolesHint, splitWords } from './user-fields.ts'

const day = 86_400 // seconds

const inviteForm = form({
  name: 'invite',
  path: invitePath,
  limit: 'changes-per-user',
  fields: z.object({ roles: z.string().max(1024), days: z.coerce.number().int().min(1).max(90) }),
  echoedFields: ['roles', 'days'],
  fieldErrors: { role_unacceptable: { field: 'roles' } },
  async submit(input) {
    const { fields, runtime, member } = input
    const roles = splitWords(fields.roles)
    const made = await inviteUser(runtime, fields.days * day, roles, actorOf(member()))
    return newView(input, made)
  },
})

/** Creates an invitation. */
export const consoleInvite: Page = {
  path: invitePath,
  summary: 'Invite a user with a link, which registers once',
  access: 'admin',
  forms: [inviteForm],

  render(input) {
    const { t, runtime } = input
    const isClosed = runtime.policies.users.registration === 'closed'
    const main = html`<section class="card measure">
      <h1>${t('New invitation')}</h1>
      ${isClosed ? closedNote(input) : inviteFields(input)}
    </section>`
    return consoleView(input, invitationsPath, { title: t('New invitation'), main })
  },
}

/** Renders why no user can be invited. */
function closedNote({ t }: Pick<PageInput, 't'>): Html {
  const names = {
    setting: html`<code>users.registration</code>`,
    value: html`<code>invitation</code>`,
  }
  return html`<p class="aside">
    ${t.html('Registration is closed. To invite users, set {setting} to {value}.', names)}
  </p>`
}

function inviteFields(input: PageInput): Html {
  const { formError, link, t } = input
  const of = { form: inviteForm.name, formError, t }
  const text = { type: 'text', autocomplete: 'off' } as const
  return html`<form method="post" action="${link(inviteForm.path)}" class="fields">
    ${formErrorMessage(of)}
    ${field(of, { ...text, name: 'roles', label: t('Roles'), hint: rolesHint(t), required: false })}
    ${field(of, { ...text, name: 'days', label: t('Valid for days'), hint: t('From 1 to 90.'), value: '7' })}
    <div class="row">
      <button class="primary">${t('Create invitation')}</button>
      <a class="button" href="${link(invitationsPath)}">${t('Cancel')}</a>
    </div>
  </form>`
}

function newView(input: PageInput, { secret, invitation: { expiresAt } }: NewInvitation): View {
  const { link, runtime, t } = input
  const time = absoluteTime(expiresAt, t.language)
  const main = html`<section class="card">
    <h1>${t('Invitation created')}</h1>
    <p class="intro">
      ${t.html('Send this link to one person. It works once, until {time}.', { time })}
    </p>
    ${copyable(t('Link'), invitationLink(runtime.issuer.url, secret).reveal(), t)}
    <p><a class="button" href="${link(invitationsPath)}">${t('All invitations')}</a></p>
  </section>`
  return consoleView(input, invitationsPath, { title: t('Invitation created'), main })
}
