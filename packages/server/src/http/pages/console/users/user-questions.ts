import * as z from 'zod'
import { disableUser } from '../../../../domain/administration/disable-user.ts'
import { signOutUser } from '../../../../domain/administration/sign-out-user.ts'
import { html } from '../../html.ts'
import { actorOf, form, type Page } from '../../page.ts'
import { questionView } from '../console-layout.ts'
import { userOf } from './user.ts'
import { usersPath } from './user-fields.ts'

const disablePath = `${usersPath}/:id/disable`
const signOutPath = `${usersPath}/:id/sessions/end-all`

const disableForm = form({
  name: 'disable',
  path: disablePath,
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ params: { id = '' }, runtime, member, link }) {
    await disableUser(runtime, id, actorOf(member()))
    return { to: link(`${usersPath}/${id}`), flash: 'user_disabled' }
  },
})

const signOutForm = form({
  name: 'end-all',
  path: signOutPath,
  allowOldSignIn: true, // signing a user out may be urgent
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ params: { id = '' }, runtime, member, link }) {
    await signOutUser(runtime, id, actorOf(member()))
    return { to: link(`${usersPath}/${id}`), flash: 'sessions_ended' }
  },
})

/** Asks before a user is disabled. */
export const consoleDisableUser: Page = {
  path: disablePath,
  summary: 'Disable a user and end their sessions, after a question',
  access: 'admin',
  forms: [disableForm],

  async render(input) {
    const { t } = input
    const { id, name } = await userOf(input)
    return questionView(input, usersPath, {
      title: t('Disable {name}?', { name }),
      text: html`${t('All sessions of {name} end now, and {name} cannot sign in until an administrator enables the account again.', { name })}`,
      form: disableForm,
      path: disablePath.replace(':id', id),
      button: t('Disable'),
      back: `${usersPath}/${id}`,
    })
  },
}

/** Asks before a user is signed out everywhere. */
export const consoleSignOutUser: Page = {
  path: signOutPath,
  summary: 'Sign a user out on all devices, after a question',
  access: 'admin',
  forms: [signOutForm],

  async render(input) {
    const { t } = input
    const { id, name } = await userOf(input)
    return questionView(input, usersPath, {
      title: t('Sign {name} out everywhere?', { name }),
      text: html`${t('All sessions of {name} end now, on every device. {name} can sign in again.', { name })}`,
      form: signOutForm,
      path: signOutPath.replace(':id', id),
      button: t('Sign out everywhere'),
      back: `${usersPath}/${id}`,
    })
  },
}
