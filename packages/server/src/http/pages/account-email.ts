import { z } from 'zod'
import { confirmPassword } from '../../domain/passwords/confirm-password.ts'
import { setEmail } from '../../domain/users/set-email.ts'
import { password } from '../api/schemas.ts'
import { emailFieldErrors, currentPasswordFieldErrors } from './form-error.ts'
import { field, formErrorMessage, hiddenUsername } from './fields.ts'
import { html, type Html } from './html.ts'
import { icon } from './icons.ts'
import { form, type PageInput } from './page.ts'

const name = 'email'
const path = '/account/email'

/** Changes or removes the e-mail address. It requires the password, so that access to an unlocked device is not enough. */
export const emailForm = form({
  name,
  path,
  limit: 'changes-per-user',
  fields: z.object({ email: z.string().max(254), password }),
  echoedFields: ['email'],
  fieldErrors: { ...emailFieldErrors, ...currentPasswordFieldErrors },
  async submit({ fields, runtime, member, client, link }) {
    const { user } = member()
    await confirmPassword(runtime, user.id, fields.password, client)
    const address = fields.email.trim()
    await setEmail(runtime, user.id, address === '' ? null : address)
    return { to: link('/account'), flash: address === '' ? 'email_removed' : 'email_set' }
  },
})

/** Renders the form, collapsed until it is opened. */
export function emailSection({ formError, link, member }: PageInput): Html {
  const { user } = member()
  const of = { form: name, formError }
  return html`<details${formError?.form === name && html` open`}>
<summary>${icon('mail')}${user.email === null ? 'Add an e-mail address' : 'Change e-mail address'}<span class="now">${user.email}</span></summary>
<form method="post" action="${link(path)}" class="fields">
${formErrorMessage(of)}${hiddenUsername(member())}
${field(of, {
  name: 'email',
  label: 'E-mail address',
  type: 'email',
  autocomplete: 'email',
  required: false,
  value: user.email ?? '',
  hint: 'Leave it empty to remove it.',
})}
${field(of, {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
})}
<div class="row"><button class="primary">Save</button></div>
</form>
</details>`
}
