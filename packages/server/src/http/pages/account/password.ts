import * as z from 'zod'
import { changePassword } from '../../../domain/passwords/change-password.ts'
import type { EnrolledFactors } from '../../../domain/factors/factor-policy.ts'
import { minLengthOf } from '../../../domain/passwords/password.ts'
import { password } from '../../api/schemas.ts'
import { newPasswordFieldErrors } from '../form-error.ts'
import {
  currentPasswordField,
  formErrorMessage,
  newPasswordField,
  hiddenUsername,
} from '../fields.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { ownerOf, form, type PageInput } from '../page.ts'

const name = 'password'
const path = '/account/password'

/** Changes the password; it requires the current one. */
export const passwordForm = form({
  name,
  path,
  limit: 'changes-per-user',
  fields: z.object({ current_password: password, new_password: password }),
  fieldErrors: { ...newPasswordFieldErrors, current_password_wrong: { field: 'current_password' } },
  async submit({ fields, runtime, member, client, link }) {
    const owner = ownerOf(member(), fields.current_password, client)
    const { grant } = await changePassword(runtime, owner, fields.new_password)
    return { to: link('/account'), flash: 'password_changed', signedIn: grant }
  },
})

/** Renders the form, collapsed until it is opened. */
export function passwordSection(
  { formError, link, runtime, member, t }: PageInput,
  enrolled: EnrolledFactors,
): Html {
  const of = { form: name, formError, t }
  return html`<details${formError?.form === name && html` open`}>
<summary>${icon('key')}${member().user.hasPassword ? t('Change password') : t('Set a password')}</summary>
<form method="post" action="${link(path)}" class="fields">
${formErrorMessage(of)}
${hiddenUsername(member())}
${currentPasswordField(of, member(), { name: 'current_password', label: t('Current password') })}
${newPasswordField(of, t('New password'), minLengthOf(runtime.policies.passwords, enrolled))}
<div class="row"><button class="primary">${t('Change password')}</button>
<p class="quietly">${t('Your other devices are signed out.')}</p></div>
</form>
</details>`
}
