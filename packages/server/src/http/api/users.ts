import * as z from 'zod'
import { changePassword } from '../../domain/passwords/change-password.ts'
import { deleteOwnUser } from '../../domain/administration/delete-user.ts'
import { askToVerify } from '../../domain/administration/verify-email.ts'
import { setOwnEmail } from '../../domain/administration/set-email.ts'
import { setOwnLanguage } from '../../domain/administration/set-language.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import { fail } from '../../failures.ts'
import { examplePassword, exampleTokens, exampleUser } from '../openapi/examples.ts'
import { ownerOf, sessionIdOf } from '../pipeline/access.ts'
import { noContent, route } from '../pipeline/route.ts'
import {
  email,
  invitation,
  newPasswordFailures,
  newUserFailures,
  ownChanges,
  password,
  userSchema,
  toUserResponse,
  username,
} from './schemas.ts'
import { respondWithTokens, tokenResponse, tokenFailures } from './token-response.ts'

/** Registers a user, if the operator allows it. */
export const register = route({
  method: 'POST',
  path: '/register',
  limit: 'attempts-per-address',
  summary:
    'Register a user, if the setting `users.registration` is `open`, or is `invitation` and a valid one is sent',
  access: 'public',
  body: z.strictObject({
    username,
    password,
    email: email.optional(),
    invitation: invitation.optional(),
  }),
  answer: userSchema,
  status: 201,
  failures: [
    'registration_closed',
    'invitation_missing',
    'invitation_unusable',
    ...newUserFailures,
  ],
  example: {
    body: { username: 'ada', password: examplePassword, email: 'ada@example.com' },
    answer: exampleUser,
  },

  async handle({ body, runtime, client, cookies }) {
    const extras = { email: body.email, invitation: body.invitation }
    const user = await registerUser(runtime, body.username, body.password, extras)
    if (user.email !== null)
      await askToVerify(runtime, user, { browser: cookies.bindBrowser(), client })
    return toUserResponse(user)
  },
})

/** Shows the caller's user. */
export const me = route({
  method: 'GET',
  path: '/me',
  summary: 'Show the token’s user',
  limit: { none: 'one read' },
  access: 'user',
  legacyTokens: true,
  answer: userSchema,
  failures: ['user_gone'],
  example: { answer: exampleUser },

  async handle({ principal, runtime }) {
    const user = await runtime.store.users.find(principal().subject)
    if (!user || user.disabledAt !== null) throw fail('user_gone')
    return toUserResponse(user)
  },
})

/**
 * Changes the caller's e-mail address or language. The address requires the password, so that access to an unlocked device is not enough (ASVS
 * 7.5.1).
 */
export const changeMe = route({
  method: 'PATCH',
  path: '/me',
  limit: 'changes-per-user',
  summary:
    'Change the e-mail address of the token’s user, with their password, or the language of their mails and pages; null removes it',
  access: 'user',
  body: ownChanges,
  answer: userSchema,
  failures: [
    'user_gone',
    'session_ended',
    'current_password_wrong',
    'step_up_required',
    'login_delayed',
    'busy',
    'email_unacceptable',
    'email_taken',
  ],
  example: {
    body: { email: 'ada@example.com', current_password: examplePassword },
    answer: exampleUser,
  },

  async handle({ body, principal, runtime, client, cookies }) {
    const { subject } = principal()
    if (body.email !== undefined && body.current_password) {
      const owner = ownerOf(principal(), body.current_password, client)
      await setOwnEmail(runtime, owner, body.email)
    }
    if (body.language !== undefined) {
      const owner = { userId: subject, sessionId: sessionIdOf(principal()) }
      await setOwnLanguage(runtime, owner, body.language)
    }
    const user = await runtime.store.users.find(subject)
    if (!user) throw fail('user_gone')
    if (body.email) await askToVerify(runtime, user, { browser: cookies.bindBrowser(), client })
    return toUserResponse(user)
  },
})

/** Deletes the caller's user. */
export const deleteMe = route({
  method: 'DELETE',
  path: '/me',
  limit: 'changes-per-user',
  summary: 'Delete the token’s user and all their sessions',
  access: 'user',
  body: z.strictObject({ password }),
  answer: noContent,
  failures: [
    'user_gone',
    'session_ended',
    'current_password_wrong',
    'step_up_required',
    'login_delayed',
    'busy',
    'last_administrator',
  ],
  example: { body: { password: examplePassword }, answer: undefined },

  async handle({ body, principal, runtime, client }) {
    await deleteOwnUser(runtime, ownerOf(principal(), body.password, client))
    return undefined
  },
})

/** Changes the caller's password. */
export const changeMyPassword = route({
  method: 'POST',
  path: '/password/change',
  limit: 'changes-per-user',
  summary:
    'Change the password of the token’s user, end their other sessions, and exchange all tokens of this one',
  access: 'user',
  body: z.strictObject({ current_password: password, new_password: password }),
  answer: tokenResponse,
  failures: [
    ...tokenFailures,
    'user_gone',
    'session_ended',
    'current_password_wrong',
    'step_up_required',
    'login_delayed',
    ...newPasswordFailures,
  ],
  example: {
    body: { current_password: examplePassword, new_password: 'cirrus over seven lakes' },
    answer: exampleTokens,
  },

  async handle({ body, principal, runtime, client, cookies }) {
    const owner = ownerOf(principal(), body.current_password, client)
    const { grant } = await changePassword(runtime, owner, body.new_password)
    return respondWithTokens(runtime, grant, cookies.sent ? cookies : undefined)
  },
})
