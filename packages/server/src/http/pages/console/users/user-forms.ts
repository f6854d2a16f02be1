import * as z from 'zod'
import { makeResetLink, type ResetLink } from '../../../../domain/administration/make-reset-link.ts'
import { setPassword } from '../../../../domain/administration/set-password.ts'
import { endSessionOf } from '../../../../domain/administration/sign-out-user.ts'
import { enableUser } from '../../../../domain/administration/disable-user.ts'
import { setEmail } from '../../../../domain/administration/set-email.ts'
import { setRoles } from '../../../../domain/administration/set-roles.ts'
import type { EnrolledFactors } from '../../../../domain/factors/factor-policy.ts'
import { minLengthOf } from '../../../../domain/passwords/password.ts'
import type { User } from '../../../../domain/users/user.ts'
import { idSchema, email, password } from '../../../api/schemas.ts'
import { emailFieldErrors, newPasswordFieldErrors } from '../../form-error.ts'
import { copyable, field, formErrorMessage, newPasswordField } from '../../fields.ts'
import { html, type Html } from '../../html.ts'
import { absoluteTime } from '../../format-time.ts'
import { actorOf, form, type PageInput, type View } from '../../page.ts'
import { consoleView } from '../console-layout.ts'
import { rolesHint, splitWords, usersPath } from './user-fields.ts'

const one = `${usersPath}/:id`
const limit = 'changes-per-user'

const idOf = ({ params }: Pick<PageInput, 'params'>) => params['id'] ?? ''
const back = ({ params, link }: Pick<PageInput, 'params' | 'link'>) =>
  link(one.replace(':id', params['id'] ?? ''))

/** Enables a disabled user. */
export const enableForm = form({
  name: 'enable',
  path: `${one}/enable`,
  limit,
  fields: z.object({}),
  async submit(input) {
    await enableUser(input.runtime, idOf(input), actorOf(input.member()))
    return { to: back(input), flash: 'user_enabled' }
  },
})

/** Signs a user out on one device. */
export const endOneForm = form({
  name: 'end-session',
  path: `${one}/sessions/end`,
  allowOldSignIn: true, // signing a user out may be urgent
  limit,
  fields: z.object({ session: idSchema }),
  async submit(input) {
    const { fields, runtime, member } = input
    const by = actorOf(member())
    await endSessionOf(runtime, idOf(input), fields.session, by)
    return { to: back(input), flash: 'session_ended' }
  },
})

/** Changes the e-mail address and the roles of a user. */
export const profileForm = form({
  name: 'profile',
  path: `${one}/profile`,
  limit,
  fields: z.object({ email: email.or(z.literal('')).optional(), roles: z.string().max(1024) }),
  echoedFields: ['email', 'roles'],
  fieldErrors: {
    ...emailFieldErrors,
    role_unacceptable: { field: 'roles' },
    not_oneself: { field: 'roles', message: 'You cannot remove the role admin from yourself.' },
  },
  async submit(input) {
    const { fields, runtime, member } = input
    const by = actorOf(member())
    const roles = splitWords(fields.roles)
    if (fields.email !== undefined) await setEmail(runtime, idOf(input), fields.email || null, by)
    await setRoles(runtime, idOf(input), roles, by)
    return { to: back(input), flash: 'user_changed' }
  },
})

/** Sets the password of a user who cannot sign in. */
export const changePasswordForm = form({
  name: 'user-password',
  path: `${one}/password`,
  limit,
  fields: z.object({ new_password: password }),
  fieldErrors: newPasswordFieldErrors,
  async submit(input) {
    const { fields, runtime, member } = input
    await setPassword(runtime, idOf(input), fields.new_password, actorOf(member()))
    return { to: back(input), flash: 'user_password_set' }
  },
})

/** Makes a link with which the user can set a new password, and shows it once. */
export const resetLinkForm = form({
  name: 'reset-link',
  path: `${one}/reset-link`,
  limit,
  fields: z.object({}),
  async submit(input) {
    const { runtime, member } = input
    const made = await makeResetLink(runtime, idOf(input), actorOf(member()))
    return { to: back(input), view: resetLinkView(input, made) }
  },
})

/** Renders a link that was made: it is shown once. */
function resetLinkView(input: PageInput, { url, expiresAt }: ResetLink): View {
  const { t } = input
  const time = absoluteTime(expiresAt, t.language)
  const main = html`<section class="card" aria-labelledby="link">
    <h1 id="link">${t('Link for a new password')}</h1>
    <p>
      ${t.html('Give it to the user, by a way on which you know them. It can be used once, until {time}, and is not shown again. A newer link replaces it.', { time })}
    </p>
    ${copyable(t('Link'), url.reveal(), t)}
    <p><a class="button" href="${back(input)}">${t('Done')}</a></p>
  </section>`
  return consoleView(input, usersPath, { title: t('Link for a new password'), main })
}

/** Renders {@link profileForm}. */
export function profileFields({ formError, link, member, t }: PageInput, user: User): Html {
  const of = { form: profileForm.name, formError, t }
  const text = { autocomplete: 'off', required: false } as const
  const address = { label: t('E-mail address'), value: user.email ?? '' }
  const hint = html`${rolesHint(t)} ${t('Changes take effect at the next refresh.')}`
  const roles = { label: t('Roles'), hint, value: user.roles.join(' ') }
  return html`<details ${formError?.form === of.form && html` open`}>
    <summary>${t('E-mail and roles')}</summary>
    <form method="post" action="${link(profileForm.path.replace(':id', user.id))}" class="fields">
      ${formErrorMessage(of)}
      ${member().user.id !== user.id && field(of, { ...text, ...address, name: 'email', type: 'email' })}
      ${field(of, { ...text, ...roles, name: 'roles', type: 'text' })}
      <button class="primary">${t('Save')}</button>
    </form>
  </details>`
}

/** Renders {@link changePasswordForm}. */
export function passwordFields(
  { formError, link, runtime, t }: PageInput,
  user: User,
  enrolled: EnrolledFactors,
): Html {
  const minLength = minLengthOf(runtime.policies.passwords, enrolled)
  const of = { form: changePasswordForm.name, formError, t }
  const path = changePasswordForm.path.replace(':id', user.id)
  const { name } = user
  return html`<details ${formError?.form === of.form && html` open`}>
    <summary>${t('Set a new password')}</summary>
    <form method="post" action="${link(path)}" class="fields">
      ${formErrorMessage(of)} ${newPasswordField(of, t('New password'), minLength)}
      <div class="row">
        <button class="primary">${t('Set password')}</button>
        <p class="quietly">${t('This ends all sessions of {name}.', { name })}</p>
      </div>
    </form>
    <form method="post" action="${link(resetLinkForm.path.replace(':id', user.id))}" class="row">
      <button>${t('Make a link instead')}</button>
      <p class="quietly">${t('With it {name} sets a new password, within an hour.', { name })}</p>
    </form>
  </details>`
}
