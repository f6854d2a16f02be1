import * as z from 'zod'
import { deleteOwnUser } from '../../../domain/administration/delete-user.ts'
import { password } from '../../api/schemas.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { formErrorMessage, hiddenUsername, currentPasswordField } from '../fields.ts'
import { html } from '../html.ts'
import { icon } from '../icons.ts'
import { ownerOf, form, type Page } from '../page.ts'

const name = 'delete'
const path = '/account/delete'

const deleteForm = form({
  name,
  path,
  limit: 'changes-per-user',
  fields: z.object({ password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link }) {
    await deleteOwnUser(runtime, ownerOf(member(), fields.password, client))
    return { to: link('/sign-in'), flash: 'account_deleted', signedOut: true }
  },
})

/** Deletes the visitor's account: a page of its own, so that it does not happen by mistake. */
export const deleteAccount: Page = {
  path,
  summary: 'Delete your own account, with the password',
  access: 'user',
  forms: [deleteForm],

  render({ member, link, formError, t }) {
    const of = { form: name, formError, t }
    const main = html`<section class="card narrow">
      <h1>${t('Delete this account?')}</h1>
      <p>
        ${t.html('The account {name}, its sessions and its e-mail address are deleted immediately and permanently. They cannot be restored.', { name: html`<strong>${member().user.name}</strong>` })}
      </p>
      <form method="post" action="${link(path)}" class="fields">
        ${formErrorMessage(of)}${hiddenUsername(member())} ${currentPasswordField(of, member())}
        <div class="row">
          <button class="danger">${icon('bin')}${t('Delete permanently')}</button>
          <a class="button" href="${link('/account')}">${t('Cancel')}</a>
        </div>
      </form>
    </section>`
    return { title: t('Delete this account?'), main, language: t.language }
  },
}
