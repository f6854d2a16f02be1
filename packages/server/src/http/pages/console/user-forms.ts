import { z } from 'zod'
import { setPassword } from '../../../domain/passwords/set-password.ts'
import { endSession, endSessions } from '../../../domain/sessions/end-sessions.ts'
import { assertKeepsRole, assertOther } from '../../../domain/administration/actor.ts'
import { disableUser, enableUser } from '../../../domain/administration/disable-user.ts'
import { setEmail } from '../../../domain/users/set-email.ts'
import { setRoles } from '../../../domain/administration/set-roles.ts'
import type { User } from '../../../domain/users/user.ts'
import { idSchema, email, password } from '../../api/schemas.ts'
import { emailFieldErrors, newPasswordFieldErrors } from '../form-error.ts'
import { field, formErrorMessage, newPasswordField } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { actorOf, form, type PageInput } from '../page.ts'
import { usersPath, splitWords } from './users.ts'

const one = `${usersPath}/:id`
const limit = 'changes-per-user'

const idOf = ({ params }: Pick<PageInput, 'params'>) => params['id'] ?? ''
const back = ({ params, link }: Pick<PageInput, 'params' | 'link'>) =>
  link(one.replace(':id', params['id'] ?? ''))

/** Disables a user, and ends their sessions. */
export const disableForm = form({
  name: 'disable',
  path: `${one}/disable`,
  limit,
  fields: z.object({}),
  async submit(input) {
    const by = actorOf(input.member())
    assertOther(idOf(input), by)
    await disableUser(input.runtime, idOf(input), by)
    return { to: back(input), flash: 'user_disabled' }
  },
})

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

/** Signs a user out on all devices. */
export const endAllForm = form({
  name: 'end-all',
  path: `${one}/sessions/end-all`,
  allowOldSignIn: true, // signing a user out may be urgent
  limit,
  fields: z.object({}),
  async submit(input) {
    const by = actorOf(input.member())
    await endSessions(input.runtime, idOf(input), 'ended_by_administrator', undefined, by)
    return { to: back(input), flash: 'sessions_ended' }
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
    await endSession(runtime, idOf(input), fields.session, 'ended_by_administrator', by)
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
    assertKeepsRole(idOf(input), by, roles)
    if (fields.email !== undefined) {
      assertOther(idOf(input), by) // the account page requires the password
      await setEmail(runtime, idOf(input), fields.email || null, by)
    }
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
    const by = actorOf(member())
    assertOther(idOf(input), by)
    await setPassword(runtime, idOf(input), fields.new_password, by)
    return { to: back(input), flash: 'user_password_set' }
  },
})

/** Renders {@link profileForm}. */
export function profileFields({ formError, link, member }: PageInput, user: User): Html {
  const of = { form: profileForm.name, formError }
  const text = { autocomplete: 'off', required: false } as const
  return html`<details ${formError?.form === of.form && html` open`}>
    <summary>E-mail and roles</summary>
    <form method="post" action="${link(profileForm.path.replace(':id', user.id))}" class="fields">
      ${formErrorMessage(of)}
      ${
        member().user.id !== user.id &&
        field(of, {
          ...text,
          name: 'email',
          label: 'E-mail address',
          type: 'email',
          value: user.email ?? '',
        })
      }
      ${field(of, {
        ...text,
        name: 'roles',
        label: 'Roles',
        type: 'text',
        hint: 'Separated by spaces. Changes take effect at the next refresh.',
        value: user.roles.join(' '),
      })}
      <button class="primary">Save</button>
    </form>
  </details>`
}

/** Renders {@link changePasswordForm}. */
export function passwordFields({ formError, link, runtime }: PageInput, user: User): Html {
  const of = { form: changePasswordForm.name, formError }
  const path = changePasswordForm.path.replace(':id', user.id)
  return html`<details ${formError?.form === of.form && html` open`}>
    <summary>Set a new password</summary>
    <form method="post" action="${link(path)}" class="fields">
      ${formErrorMessage(of)} ${newPasswordField(of, 'New password', runtime)}
      <div class="row">
        <button class="primary">Set password</button>
        <p class="quietly">This ends all sessions of ${user.name}.</p>
      </div>
    </form>
  </details>`
}
