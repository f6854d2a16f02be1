import { z } from 'zod'
import { deleteOwnUser } from '../../domain/administration/delete-user.ts'
import { password } from '../api/schemas.ts'
import { yourPasswordFaults } from './faults.ts'
import { formFault, ownName, yourPassword } from './fields.ts'
import { html } from './html.ts'
import { icon } from './icons.ts'
import { form, ownerOf, type Page } from './page.ts'

const name = 'delete'
const path = '/account/delete'

const deleteForm = form({
  name,
  path,
  limit: 'changes-per-user',
  fields: z.object({ password }),
  faults: yourPasswordFaults,
  async act({ fields, runtime, member, client, link }) {
    await deleteOwnUser(runtime, ownerOf(member(), fields.password, client))
    return { to: link('/sign-in'), notice: 'account_deleted', signedOut: true }
  },
})

/** Be forgotten: a page of its own, so that nobody does it by the way. */
export const deleteAccount: Page = {
  path,
  summary: 'Delete one’s own account, with the password',
  access: 'user',
  forms: [deleteForm],

  show({ member, link, trouble }) {
    const of = { form: name, trouble }
    const main = html`<section class="card narrow">
      <h1>Delete this account?</h1>
      <p>
        The account <strong>${member().user.name}</strong>, its sessions and its e-mail address are
        deleted at once and for good. Nobody can bring them back.
      </p>
      <form method="post" action="${link(path)}" class="fields">
        ${formFault(of)}${ownName(member())} ${yourPassword(of)}
        <div class="row">
          <button class="danger">${icon('bin')}Delete for good</button>
          <a class="button" href="${link('/account')}">Keep it</a>
        </div>
      </form>
    </section>`
    return { title: 'Delete account', main }
  },
}
