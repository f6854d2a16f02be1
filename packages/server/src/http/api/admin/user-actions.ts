import * as z from 'zod'
import { setPassword } from '../../../domain/administration/set-password.ts'
import { deleteUser } from '../../../domain/administration/delete-user.ts'
import { makeResetLink } from '../../../domain/administration/make-reset-link.ts'
import { resetFactors } from '../../../domain/administration/reset-factors.ts'
import { disableUser, enableUser } from '../../../domain/administration/disable-user.ts'
import {
  examplePassword,
  exampleResetLink,
  exampleTime,
  exampleUserId,
} from '../../openapi/examples.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { noContent, route, type RouteInput } from '../../pipeline/route.ts'
import { newPasswordFailures, password } from '../schemas.ts'

const scope = 'admin:users'

const shared = {
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
} as const

const ended = z.strictObject({ ended: z.int().nonnegative() })

/** Returns the id of the affected user, and the acting administrator. */
function targetAndActor({ params, principal }: Pick<RouteInput<unknown>, 'params' | 'principal'>) {
  return [params['id'] ?? '', actorOf(principal(), scope)] as const
}

/** Disables a user. */
export const disable = route({
  ...shared,
  method: 'POST',
  path: '/admin/users/:id/disable',
  summary: 'Disable a user: they cannot sign in, and all their sessions end',
  answer: ended,
  failures: ['user_unknown', 'not_oneself', 'last_administrator'],
  example: { params: { id: exampleUserId }, answer: { ended: 2 } },

  async handle(input) {
    return { ended: (await disableUser(input.runtime, ...targetAndActor(input))).length }
  },
})

/** Enables a disabled user. */
export const enable = route({
  ...shared,
  method: 'POST',
  path: '/admin/users/:id/enable',
  summary: 'Enable a disabled user',
  answer: noContent,
  failures: ['user_unknown'],
  example: { params: { id: exampleUserId }, answer: undefined },

  async handle({ params, principal, runtime }) {
    await enableUser(runtime, params.id, actorOf(principal(), scope))
    return undefined
  },
})

/** Sets the password of another user. */
export const setUserPassword = route({
  ...shared,
  method: 'POST',
  path: '/admin/users/:id/password',
  summary: 'Set the password of a user, and end all their sessions',
  body: z.strictObject({ password }),
  answer: ended,
  failures: ['user_unknown', 'not_oneself', ...newPasswordFailures],
  example: {
    params: { id: exampleUserId },
    body: { password: examplePassword },
    answer: { ended: 2 },
  },

  async handle(input) {
    const [id, by] = targetAndActor(input)
    return { ended: (await setPassword(input.runtime, id, input.body.password, by)).length }
  },
})

/** Deletes a user. */
export const deleteUserRoute = route({
  ...shared,
  method: 'DELETE',
  path: '/admin/users/:id',
  summary: 'Delete a user and all their sessions permanently',
  answer: noContent,
  failures: ['user_unknown', 'not_oneself', 'last_administrator'],
  example: { params: { id: exampleUserId }, answer: undefined },

  async handle(input) {
    await deleteUser(input.runtime, ...targetAndActor(input))
    return undefined
  },
})

/** Removes the second factors of another user. */
export const resetUserFactors = route({
  ...shared,
  method: 'DELETE',
  path: '/admin/users/:id/factors',
  summary: 'Remove all second factors of a user who has lost them, and end all their sessions',
  answer: ended,
  failures: ['user_unknown', 'not_oneself'],
  example: { params: { id: exampleUserId }, answer: { ended: 2 } },

  async handle(input) {
    return { ended: (await resetFactors(input.runtime, ...targetAndActor(input))).length }
  },
})

/** Makes a link with which a user can set a new password. */
export const makeLink = route({
  ...shared,
  method: 'POST',
  path: '/admin/users/:id/reset-link',
  summary: 'Make a link, valid once and for an hour, with which a user can set a new password',
  answer: z.strictObject({ url: z.string(), expires_at: z.int() }),
  status: 201,
  failures: ['user_unknown', 'not_oneself'],
  example: {
    params: { id: exampleUserId },
    answer: { url: exampleResetLink, expires_at: exampleTime + 3600 },
  },

  async handle(input) {
    const { url, expiresAt } = await makeResetLink(input.runtime, ...targetAndActor(input))
    return { url: url.reveal(), expires_at: expiresAt }
  },
})
