import * as z from 'zod'
import { signOutApplication } from '../../../../domain/grants/sign-out-application.ts'
import { removeClient } from '../../../../domain/machines/change-clients.ts'
import { endClientSecret } from '../../../../domain/machines/client-secrets.ts'
import { relativeTime } from '../../format-time.ts'
import { html } from '../../html.ts'
import { actorOf, form, type Page } from '../../page.ts'
import { clientOf, clientsPath, pathOf } from './clients.ts'
import { questionView } from '../console-layout.ts'

const removePath = `${clientsPath}/:id/remove`
const signOutPath = `${clientsPath}/:id/sign-out`
const endPath = `${clientsPath}/:id/secrets/:secret/end`

const removeForm = form({
  name: 'remove-client',
  path: removePath,
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ params, runtime, member, link }) {
    await removeClient(runtime, params['id'] ?? '', actorOf(member()))
    return { to: link(clientsPath), flash: 'client_removed' }
  },
})

const signOutForm = form({
  name: 'sign-out-client',
  path: signOutPath,
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ params, runtime, member, link }) {
    const id = params['id'] ?? ''
    await signOutApplication(runtime, id, actorOf(member()))
    return { to: link(pathOf(id)), flash: 'client_signed_out' }
  },
})

const endForm = form({
  name: 'end-secret',
  path: endPath,
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ params: { id = '', secret = '' }, runtime, member, link }) {
    await endClientSecret(runtime, id, secret, actorOf(member()))
    return { to: link(`${clientsPath}/${id}`), flash: 'client_secret_ended' }
  },
})

/** Asks before a client is removed. */
export const consoleRemoveClient: Page = {
  path: removePath,
  summary: 'Remove a service account or an application, after a question',
  access: 'admin',
  forms: [removeForm],

  async render(input) {
    const { t } = input
    const { id, name, application } = await clientOf(input)
    return questionView(input, clientsPath, {
      title: application ? t('Remove this application?') : t('Remove this service account?'),
      text: html`${t.html('The secrets and tokens of {name} are refused at once, and programs that use them stop working. This cannot be undone.', { name: html`<strong>${name}</strong>` })}
      ${application && t('Its users are signed out of it.')}`,
      form: removeForm,
      path: removePath.replace(':id', encodeURIComponent(id)),
      button: t('Remove'),
      back: pathOf(id),
    })
  },
}

/** Asks before all users are signed out of an application. */
export const consoleSignOutClient: Page = {
  path: signOutPath,
  summary: 'Sign all users out of an application, after a question',
  access: 'admin',
  forms: [signOutForm],

  async render(input) {
    const { t } = input
    const { id, name, application } = await clientOf(input)
    if (!application) return { to: input.link(pathOf(id)) }
    return questionView(input, clientsPath, {
      title: t('Sign everyone out of this application?'),
      text: html`${t.html('Every API refuses the tokens of {name} at once. Its users sign in again to go on; the application itself stays as it is.', { name: html`<strong>${name}</strong>` })}`,
      form: signOutForm,
      path: signOutPath.replace(':id', encodeURIComponent(id)),
      button: t('Sign everyone out'),
      back: pathOf(id),
    })
  },
}

/** Asks before a replaced secret ends. */
export const consoleEndSecret: Page = {
  path: endPath,
  summary: 'End a secret of a client that another one has replaced, after a question',
  access: 'admin',
  forms: [endForm],

  async render(input) {
    const { runtime, params, link, t } = input
    const { id, name } = await clientOf(input)
    const secrets = (await runtime.store.clients.secrets(id)).map(({ secret }) => secret)
    const found = secrets.find((one) => one.id === params['secret'] && one.expiresAt !== null)
    if (!found) return { to: link(`${clientsPath}/${id}`) }
    const now = runtime.clock.now()
    const used =
      found.lastUsedAt === null
        ? t('It was never used.')
        : t.html('It was last used {time}.', {
            time: relativeTime(found.lastUsedAt, now, t.language),
          })
    return questionView(input, clientsPath, {
      title: t('End the replaced secret now?'),
      text: html`${t.html('Programs of {name} that still use it are refused at once.', { name: html`<strong>${name}</strong>` })}
      ${used}
      ${t('Access tokens of {name} are revoked; programs with the current secret get new ones.', { name })}`,
      form: endForm,
      path: endPath.replace(':id', id).replace(':secret', found.id),
      button: t('End it now'),
      back: `${clientsPath}/${id}`,
    })
  },
}
