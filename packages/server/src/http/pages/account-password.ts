import { z } from 'zod'
import { changePassword } from '../../domain/passwords/change-password.ts'
import { password } from '../api/schemas.ts'
import { newPasswordFaults } from './faults.ts'
import { field, formFault, newPassword, ownName } from './fields.ts'
import { html, type Html } from './html.ts'
import { icon } from './icons.ts'
import { form, ownerOf, type PageInput } from './page.ts'

const name = 'password'
const path = '/account/password'

/** Takes another password, for who knows the current one. */
export const passwordForm = form({
  name,
  path,
  limit: 'changes-per-user',
  fields: z.object({ current_password: password, new_password: password }),
  faults: { ...newPasswordFaults, current_password_wrong: { field: 'current_password' } },
  async act({ fields, runtime, member, client, link }) {
    const owner = ownerOf(member(), fields.current_password, client)
    await changePassword(runtime, owner, fields.new_password)
    return { to: link('/account'), notice: 'password_changed' }
  },
})

/** The form, folded away until it is wanted. */
export function passwordSection({ trouble, link, runtime, member }: PageInput): Html {
  const of = { form: name, trouble }
  return html`<details${trouble?.form === name && html` open`}>
<summary>${icon('key')}Change password</summary>
<form method="post" action="${link(path)}" class="fields">
${formFault(of)}
${ownName(member())}
${field(of, {
  name: 'current_password',
  label: 'Current password',
  type: 'password',
  autocomplete: 'current-password',
})}
${newPassword(of, 'New password', runtime)}
<div class="row"><button class="primary">Change password</button>
<p class="quietly">All other devices are signed out.</p></div>
</form>
</details>`
}
