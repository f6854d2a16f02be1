import * as z from 'zod'
import { resetFactors } from '../../../../domain/administration/reset-factors.ts'
import { html } from '../../html.ts'
import { actorOf, form, type Page } from '../../page.ts'
import { questionView } from '../console-layout.ts'
import { userOf } from './user.ts'
import { usersPath } from './user-fields.ts'

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
    const { t } = input
    const user = await userOf(input)
    const { name } = user
    return questionView(input, usersPath, {
      title: t('Reset the second factors of {name}?', { name }),
      text: html`${t('Their passkeys, authenticator application and recovery codes are removed, and all their sessions end. The next sign-in needs the password alone, or adds a factor if their roles require one. Make sure that it is {name} who asks.', { name })}`,
      form: resetForm,
      path: path.replace(':id', user.id),
      button: t('Reset second factors'),
      back: `${usersPath}/${user.id}`,
    })
  },
}
