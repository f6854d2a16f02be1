import { z } from 'zod'
import { setOwnEmail } from '../../domain/administration/set-email.ts'
import { password } from '../api/schemas.ts'
import { emailFaults, yourPasswordFaults } from './faults.ts'
import { field, formFault, ownName } from './fields.ts'
import { html, type Html } from './html.ts'
import { icon } from './icons.ts'
import { form, ownerOf, type PageInput } from './page.ts'

const name = 'email'
const path = '/account/email'

/** Takes another e-mail address, or none. Whoever found the device unlocked must not be enough for that, so the password is asked for. */
export const emailForm = form({
  name,
  path,
  limit: 'changes-per-user',
  fields: z.object({ email: z.string().max(254), password }),
  echoes: ['email'],
  faults: { ...emailFaults, ...yourPasswordFaults },
  async act({ fields, runtime, member, client, link }) {
    const address = fields.email.trim()
    const owner = ownerOf(member(), fields.password, client)
    await setOwnEmail(runtime, owner, address === '' ? null : address)
    return { to: link('/account'), notice: address === '' ? 'email_removed' : 'email_set' }
  },
})

/** The form, folded away until it is wanted. */
export function emailSection({ trouble, link, member }: PageInput): Html {
  const { user } = member()
  const of = { form: name, trouble }
  return html`<details${trouble?.form === name && html` open`}>
<summary>${icon('mail')}${user.email === null ? 'Add an e-mail address' : 'Change e-mail address'}<span class="now">${user.email}</span></summary>
<form method="post" action="${link(path)}" class="fields">
${formFault(of)}${ownName(member())}
${field(of, {
  name: 'email',
  label: 'E-mail address',
  type: 'email',
  autocomplete: 'email',
  required: false,
  value: user.email ?? '',
  hint: 'Leave it empty to have none.',
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
