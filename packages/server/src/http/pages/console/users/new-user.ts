import * as z from 'zod'
import { addUser } from '../../../../domain/registration/register-user.ts'
import { email, password, username } from '../../../api/schemas.ts'
import { newUserFieldErrors } from '../../form-error.ts'
import { field, formErrorMessage, newPasswordField } from '../../fields.ts'
import { html, type HtmlContent } from '../../html.ts'
import { actorOf, form, type Page } from '../../page.ts'
import { consoleView } from '../console-layout.ts'
import { newUserPath, rolesHint, splitWords, usersPath } from './user-fields.ts'

const addForm = form({
  name: 'add-user',
  path: newUserPath,
  limit: 'changes-per-user',
  fields: z.object({
    username,
    new_password: password,
    email: email.or(z.literal('')),
    roles: z.string().max(1024),
  }),
  echoedFields: ['username', 'email', 'roles'],
  fieldErrors: {
    ...newUserFieldErrors,
    role_unacceptable: { field: 'roles' },
  },
  async submit({ fields, runtime, member, link }) {
    const extras = {
      email: fields.email || undefined,
      roles: splitWords(fields.roles),
      by: actorOf(member()),
    }
    const { id } = await addUser(runtime, fields.username, fields.new_password, extras)
    return { to: link(`${usersPath}/${id}`), flash: 'user_added' }
  },
})

/** Creates a user. */
export const consoleNewUser: Page = {
  path: newUserPath,
  summary: 'Create a user, with a password',
  access: 'admin',
  forms: [addForm],

  render(input) {
    const { formError, link, runtime, t } = input
    const of = { form: addForm.name, formError, t }
    const text = (name: string, label: string, hint?: HtmlContent, required = true) =>
      field(of, { name, label, type: 'text', autocomplete: 'off', hint, required })
    const main = html`<section class="card measure">
      <h1>${t('New user')}</h1>
      <p class="intro">${t('To let the user choose the password, invite them instead.')}</p>
      <form method="post" action="${link(addForm.path)}" class="fields">
        ${formErrorMessage(of)} ${text('username', t('User name'))}
        ${newPasswordField(of, t('Password'), runtime.policies.passwords.minLength)}
        ${text('email', t('E-mail address'), undefined, false)}
        ${text('roles', t('Roles'), rolesHint(t), false)}
        <div class="row">
          <button class="primary">${t('Create user')}</button>
          <a class="button" href="${link(usersPath)}">${t('Cancel')}</a>
        </div>
      </form>
    </section>`
    return consoleView(input, usersPath, { title: t('New user'), main })
  },
}
