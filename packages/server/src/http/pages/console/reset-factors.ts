import * as z from 'zod'
import { resetFactors } from '../../../domain/administration/reset-factors.ts'
import { formErrorMessage } from '../fields.ts'
import { html } from '../html.ts'
import { actorOf, form, type Page } from '../page.ts'
import { consoleView } from './console-layout.ts'
import { userOf } from './user.ts'
import { usersPath } from './users.ts'

const path = `${usersPath}/:id/reset-factors`

const resetForm = form({
  name: 'reset-factors',
  path,
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ runtime, member, params, link }) {
    const id = params['id'] ?? ''
    await resetFactors(runtime, id, actorOf(member()))
    return { to: link(`${usersPath}/${id}`), flash: 'factors_reset' }
  },
})

/** Removes the second factors of a user who has lost them, after a question. */
export const consoleResetFactors: Page = {
  path,
  summary: 'Reset the second factors of a user who has lost them, after a question',
  access: 'admin',
  forms: [resetForm],

  async render(input) {
    const { link, formError } = input
    const user = await userOf(input)
    const here = `${usersPath}/${user.id}`
    const main = html`<section class="card narrow">
      <h1>Reset the second factors of ${user.name}?</h1>
      <p>
        Their passkeys, authenticator application and recovery codes are removed, and all their
        sessions end. The next sign-in needs the password alone, or adds a factor if their roles
        require one. Make sure that it is ${user.name} who asks.
      </p>
      <form method="post" action="${link(path.replace(':id', user.id))}" class="fields">
        ${formErrorMessage({ form: resetForm.name, formError })}
        <div class="row">
          <button class="danger">Reset second factors</button>
          <a class="button" href="${link(here)}">Cancel</a>
        </div>
      </form>
    </section>`
    return consoleView(input, usersPath, { title: `Reset second factors of ${user.name}`, main })
  },
}
