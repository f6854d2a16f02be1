import * as z from 'zod'
import { confirmPassword } from '../../../../domain/passwords/confirm-password.ts'
import { deleteUser } from '../../../../domain/administration/delete-user.ts'
import { password } from '../../../api/schemas.ts'
import { currentPasswordFieldErrors } from '../../form-error.ts'
import { formErrorMessage, currentPasswordField } from '../../fields.ts'
import { html } from '../../html.ts'
import { icon } from '../../icons.ts'
import { actorOf, ownerOf, form, type Page } from '../../page.ts'
import { consoleView } from '../console-layout.ts'
import { userOf } from './user.ts'
import { usersPath } from './user-fields.ts'

const path = `${usersPath}/:id/delete`

const deleteForm = form({
  name: 'delete-user',
  path,
  limit: 'changes-per-user',
  fields: z.object({ password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, params, client, link }) {
    const by = actorOf(member())
    const id = params['id'] ?? ''
    await confirmPassword(runtime, ownerOf(member(), fields.password, client))
    await deleteUser(runtime, id, by)
    return { to: link(usersPath), flash: 'user_deleted' }
  },
})

/** Deletes a user: a page of its own, confirmed with the administrator's password. */
export const consoleDeleteUser: Page = {
  path,
  summary: 'Delete a user, with your own password',
  access: 'admin',
  forms: [deleteForm],

  async render(input) {
    const { link, formError, member, t } = input
    const user = await userOf(input)
    const here = `${usersPath}/${user.id}`
    const of = { form: deleteForm.name, formError, t }
    const main = html`<section class="card narrow">
      <h1>${t('Delete {name}?', { name: user.name })}</h1>
      <p>
        ${t('The user, their sessions and their e-mail address are deleted immediately and permanently. To block a user temporarily, disable them.')}
      </p>
      <form method="post" action="${link(`${here}/delete`)}" class="fields">
        ${formErrorMessage(of)} ${currentPasswordField(of, member())}
        <div class="row">
          <button class="danger">${icon('bin')}${t('Delete permanently')}</button>
          <a class="button" href="${link(here)}">${t('Cancel')}</a>
        </div>
      </form>
    </section>`
    return consoleView(input, usersPath, { title: t('Delete {name}?', { name: user.name }), main })
  },
}
