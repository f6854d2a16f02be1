import * as z from 'zod'
import { resetFactors } from '../../../../domain/administration/reset-factors.ts'
import { html } from '../../html.ts'
import { actorOf, form, type Page } from '../../page.ts'
import { questionView } from '../console-layout.ts'
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
    const user = await userOf(input)
    return questionView(input, usersPath, {
      title: `Reset the second factors of ${user.name}?`,
      text: html`Their passkeys, authenticator application and recovery codes are removed, and all
      their sessions end. The next sign-in needs the password alone, or adds a factor if their roles
      require one. Make sure that it is ${user.name} who asks.`,
      form: resetForm,
      path: path.replace(':id', user.id),
      button: 'Reset second factors',
      back: `${usersPath}/${user.id}`,
    })
  },
}
