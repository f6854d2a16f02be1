import { z } from 'zod'
import { setPassword } from '../../../domain/administration/set-password.ts'
import { endSessionOf, signOutUser } from '../../../domain/administration/sign-out-user.ts'
import { disableUser, enableUser } from '../../../domain/administration/disable-user.ts'
import { setEmail } from '../../../domain/administration/set-email.ts'
import { setRoles } from '../../../domain/administration/set-roles.ts'
import type { User } from '../../../domain/users/user.ts'
import { anyId, email, password } from '../../api/schemas.ts'
import { emailFaults, newPasswordFaults } from '../faults.ts'
import { field, formFault, newPassword } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { actorOf, form, type PageInput } from '../page.ts'
import { usersPath, wordsOf } from './users.ts'

const one = `${usersPath}/:id`
const limit = 'changes-per-user'

const idOf = ({ params }: Pick<PageInput, 'params'>) => params['id'] ?? ''
const back = ({ params, link }: Pick<PageInput, 'params' | 'link'>) =>
  link(one.replace(':id', params['id'] ?? ''))

/** Keeps a user from signing in, and ends their sessions. */
export const disableForm = form({
  name: 'disable',
  path: `${one}/disable`,
  limit,
  fields: z.object({}),
  async act(input) {
    await disableUser(input.runtime, idOf(input), actorOf(input.member()))
    return { to: back(input), notice: 'user_disabled' }
  },
})

/** Lets a user sign in again. */
export const enableForm = form({
  name: 'enable',
  path: `${one}/enable`,
  limit,
  fields: z.object({}),
  async act(input) {
    await enableUser(input.runtime, idOf(input), actorOf(input.member()))
    return { to: back(input), notice: 'user_enabled' }
  },
})

/** Signs a user out everywhere. */
export const endAllForm = form({
  name: 'end-all',
  path: `${one}/sessions/end-all`,
  anyAge: true, // to sign somebody out may be urgent
  limit,
  fields: z.object({}),
  async act(input) {
    await signOutUser(input.runtime, idOf(input), actorOf(input.member()))
    return { to: back(input), notice: 'sessions_ended' }
  },
})

/** Signs a user out on one device. */
export const endOneForm = form({
  name: 'end-session',
  path: `${one}/sessions/end`,
  anyAge: true, // to sign somebody out may be urgent
  limit,
  fields: z.object({ session: anyId }),
  async act(input) {
    const { fields, runtime, member } = input
    const by = actorOf(member())
    await endSessionOf(runtime, idOf(input), fields.session, by)
    return { to: back(input), notice: 'session_ended' }
  },
})

/** Another e-mail address and other roles. */
export const profileForm = form({
  name: 'profile',
  path: `${one}/profile`,
  limit,
  fields: z.object({ email: email.or(z.literal('')).optional(), roles: z.string().max(1024) }),
  echoes: ['email', 'roles'],
  faults: {
    ...emailFaults,
    role_unacceptable: { field: 'roles' },
    not_oneself: { field: 'roles', sentence: 'You cannot take the role admin from yourself.' },
  },
  async act(input) {
    const { fields, runtime, member } = input
    const by = actorOf(member())
    const roles = wordsOf(fields.roles)
    if (fields.email !== undefined) await setEmail(runtime, idOf(input), fields.email || null, by)
    await setRoles(runtime, idOf(input), roles, by)
    return { to: back(input), notice: 'user_changed' }
  },
})

/** Another password, for a user who cannot get in. */
export const changePasswordForm = form({
  name: 'user-password',
  path: `${one}/password`,
  limit,
  fields: z.object({ new_password: password }),
  faults: newPasswordFaults,
  async act(input) {
    const { fields, runtime, member } = input
    await setPassword(runtime, idOf(input), fields.new_password, actorOf(member()))
    return { to: back(input), notice: 'user_password_set' }
  },
})

/** The fields of {@link profileForm}. */
export function profileFields({ trouble, link, member }: PageInput, user: User): Html {
  const of = { form: profileForm.name, trouble }
  const text = { autocomplete: 'off', required: false } as const
  return html`<details ${trouble?.form === of.form && html` open`}>
    <summary>E-mail and roles</summary>
    <form method="post" action="${link(profileForm.path.replace(':id', user.id))}" class="fields">
      ${formFault(of)}
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
        hint: 'Words with blanks between. They count from the next refresh on.',
        value: user.roles.join(' '),
      })}
      <button class="primary">Save</button>
    </form>
  </details>`
}

/** The fields of {@link changePasswordForm}. */
export function passwordFields({ trouble, link, runtime }: PageInput, user: User): Html {
  const of = { form: changePasswordForm.name, trouble }
  const path = changePasswordForm.path.replace(':id', user.id)
  return html`<details ${trouble?.form === of.form && html` open`}>
    <summary>Give another password</summary>
    <form method="post" action="${link(path)}" class="fields">
      ${formFault(of)} ${newPassword(of, 'New password', runtime)}
      <div class="row">
        <button class="primary">Set the password</button>
        <p class="quietly">All sessions of ${user.name} end.</p>
      </div>
    </form>
  </details>`
}
