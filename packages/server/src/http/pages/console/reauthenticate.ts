import * as z from 'zod'
import { signIn } from '../../../domain/authentication/sign-in.ts'
import { password } from '../../api/schemas.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { formErrorMessage, hiddenUsername, currentPasswordField } from '../fields.ts'
import { html } from '../html.ts'
import { form, type Page } from '../page.ts'
import { parseReturnPath } from '../return-path.ts'

/** The path of the page where administrators enter their password again. */
export const reauthenticatePath = '/console/confirm'

const reauthenticateForm = form({
  name: 'confirm',
  path: reauthenticatePath,
  limit: 'attempts-per-address',
  allowOldSignIn: true,
  fields: z.object({ password, return_to: z.string().optional() }),
  echoedFields: ['return_to'],
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link }) {
    const signedIn = await signIn(runtime, member().user.name, fields.password, client)
    return { to: parseReturnPath(fields.return_to) ?? link('/console'), signedIn }
  },
})

/** Asks for the password again, before changes that require a recent sign-in. */
export const reauthenticatePage: Page = {
  path: reauthenticatePath,
  summary: 'Enter the password again before a change, if the last sign-in is older than 15 minutes',
  access: 'admin',
  forms: [reauthenticateForm],

  render({ member, query, formError, link }) {
    const returnTo = parseReturnPath(formError?.typed['return_to'] ?? query.get('return_to'))
    const of = { form: reauthenticateForm.name, formError }
    const main = html`<section class="card narrow">
      <h1>Confirm your password</h1>
      <p class="intro">
        You signed in more than 15 minutes ago, so nothing was changed. Enter your password, then
        repeat the change.
      </p>
      <form method="post" action="${link(reauthenticatePath)}" class="fields">
        ${formErrorMessage(of)} ${hiddenUsername(member())}
        ${currentPasswordField(of, { first: true })}
        ${returnTo !== undefined && html`<input type="hidden" name="return_to" value="${returnTo}" />`}
        <button class="primary">Continue</button>
      </form>
    </section>`
    return { title: 'Confirm your password', main }
  },
}
