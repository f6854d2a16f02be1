import { z } from 'zod'
import { confirmPassword } from '../../../domain/passwords/confirm-password.ts'
import { deleteUser } from '../../../domain/administration/delete-user.ts'
import { password } from '../../api/schemas.ts'
import { yourPasswordFaults } from '../faults.ts'
import { formFault, yourPassword } from '../fields.ts'
import { html } from '../html.ts'
import { icon } from '../icons.ts'
import { actorOf, form, ownerOf, type Page } from '../page.ts'
import { consoleView } from './frame.ts'
import { userOf } from './user.ts'
import { usersPath } from './users.ts'

const path = `${usersPath}/:id/delete`

const deleteForm = form({
  name: 'delete-user',
  path,
  limit: 'changes-per-user',
  fields: z.object({ password }),
  faults: yourPasswordFaults,
  async act({ fields, runtime, member, params, client, link }) {
    const by = actorOf(member())
    const id = params['id'] ?? ''
    await confirmPassword(runtime, ownerOf(member(), fields.password, client))
    await deleteUser(runtime, id, by)
    return { to: link(usersPath), notice: 'user_deleted' }
  },
})

/** Delete a user: asked for on a page of its own, and confirmed with the administrator's password. */
export const consoleDeleteUser: Page = {
  path,
  summary: 'Delete a user, with one’s own password',
  access: 'admin',
  forms: [deleteForm],

  async show(input) {
    const { link, trouble } = input
    const user = await userOf(input)
    const here = `${usersPath}/${user.id}`
    const of = { form: deleteForm.name, trouble }
    const main = html`<section class="card narrow">
      <h1>Delete ${user.name}?</h1>
      <p>
        The user, their sessions and their e-mail address are deleted at once and for good. To keep
        somebody out for a while, disable them.
      </p>
      <form method="post" action="${link(`${here}/delete`)}" class="fields">
        ${formFault(of)} ${yourPassword(of)}
        <div class="row">
          <button class="danger">${icon('bin')}Delete for good</button>
          <a class="button" href="${link(here)}">Keep</a>
        </div>
      </form>
    </section>`
    return consoleView(input, usersPath, { title: `Delete ${user.name}`, main })
  },
}
