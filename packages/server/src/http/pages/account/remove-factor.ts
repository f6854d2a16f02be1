import * as z from 'zod'
import { removeTotp } from '../../../domain/authentication/own-factors.ts'
import { password } from '../../api/schemas.ts'
import { currentPasswordField, formErrorMessage, hiddenUsername } from '../fields.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { html } from '../html.ts'
import { form, ownerOf, type Page } from '../page.ts'

const factorsPath = '/account/factors'

/** The path of the page that asks before an authenticator application is removed. */
export const removeFactorPath = `${factorsPath}/totp/remove`

const removeForm = form({
  name: 'remove-totp',
  path: removeFactorPath,
  limit: 'changes-per-user',
  fields: z.object({ password }),
  fieldErrors: { ...currentPasswordFieldErrors, password_needs_factor: { field: 'password' } },
  async submit({ fields, runtime, member, client, link }) {
    await removeTotp(runtime, ownerOf(member(), fields.password, client))
    return { to: link(factorsPath), flash: 'factor_removed' }
  },
})

/** Asks before the authenticator application is removed: a page of its own, so that it does not happen by mistake. */
export const removeFactorPage: Page = {
  path: removeFactorPath,
  summary: 'Remove your authenticator application, after a question and with the password',
  access: 'user',
  forms: [removeForm],

  async render({ runtime, member, link, formError, t }) {
    const enrolled = await runtime.store.enrolledFactors.find(member().user.id)
    if (!enrolled.totp) return { to: link(factorsPath) }
    const of = { form: removeForm.name, formError, t }
    const main = html`<section class="card narrow">
      <h1>${t('Remove the authenticator application?')}</h1>
      <p>
        ${enrolled.passkeys === 0 && t('Your password alone signs in to your account then, and your recovery codes end.')}
        ${t('To move to another telephone, replace the application instead.')}
      </p>
      <form method="post" action="${link(removeFactorPath)}" class="fields">
        ${formErrorMessage(of)} ${hiddenUsername(member())} ${currentPasswordField(of, member())}
        <div class="row">
          <button class="danger">${t('Remove')}</button>
          <a class="button" href="${link(factorsPath)}">${t('Cancel')}</a>
        </div>
      </form>
    </section>`
    return { title: t('Remove the authenticator application?'), main, language: t.language }
  },
}
