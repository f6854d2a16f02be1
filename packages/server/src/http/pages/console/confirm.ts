import { z } from 'zod'
import { signIn } from '../../../domain/authentication/sign-in.ts'
import { password } from '../../api/schemas.ts'
import { yourPasswordFaults } from '../faults.ts'
import { formFault, ownName, yourPassword } from '../fields.ts'
import { html } from '../html.ts'
import { form, type Page } from '../page.ts'
import { parseReturnPath } from '../return-path.ts'

/** Where administrators say once more who they are. */
export const confirmPath = '/console/confirm'

const confirmForm = form({
  name: 'confirm',
  path: confirmPath,
  limit: 'attempts-per-address',
  anyAge: true,
  fields: z.object({ password, return_to: z.string().optional() }),
  echoes: ['return_to'],
  faults: yourPasswordFaults,
  async act({ fields, runtime, member, client, link }) {
    const signedIn = await signIn(runtime, member().user.name, fields.password, client)
    return { to: parseReturnPath(fields.return_to) ?? link('/console'), signedIn }
  },
})

/** Sign in anew, for what only somebody may do who has just shown who they are. */
export const consoleConfirm: Page = {
  path: confirmPath,
  summary:
    'Sign in anew before something is changed, when the last sign-in is older than 15 minutes',
  access: 'admin',
  forms: [confirmForm],

  show({ member, query, trouble, link }) {
    const returnTo = parseReturnPath(trouble?.typed['return_to'] ?? query.get('return_to'))
    const of = { form: confirmForm.name, trouble }
    const main = html`<section class="card narrow">
      <h1>Is it still you?</h1>
      <p class="intro">
        You signed in more than 15 minutes ago. Nothing was changed yet; give your password, and do
        it once more.
      </p>
      <form method="post" action="${link(confirmPath)}" class="fields">
        ${formFault(of)} ${ownName(member())} ${yourPassword(of, { first: true })}
        ${returnTo !== undefined && html`<input type="hidden" name="return_to" value="${returnTo}" />`}
        <button class="primary">Go on</button>
      </form>
    </section>`
    return { title: 'Is it still you?', main }
  },
}
