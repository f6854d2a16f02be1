import { z } from 'zod'
import { setPassword } from '../../../domain/administration/set-password.ts'
import { deleteUser } from '../../../domain/administration/delete-user.ts'
import { disableUser, enableUser } from '../../../domain/administration/disable-user.ts'
import { examplePassword, exampleUserId } from '../../openapi/examples.ts'
import { noContent, route, type RouteInput } from '../../pipeline/route.ts'
import { actorOf, newPasswordFailures, password } from '../schemas.ts'
import { recentSignInSeconds } from './recent-sign-in.ts'

const shared = {
  limit: 'changes-per-user',
  access: 'admin',
  maxAge: recentSignInSeconds,
} as const

const ended = z.strictObject({ ended: z.int().nonnegative() })

/** The target user, and the administrator who acts. */
function targetAndActor({ params, principal }: Pick<RouteInput<unknown>, 'params' | 'principal'>) {
  return [params['id'] ?? '', actorOf(principal())] as const
}

/** Keep somebody out. */
export const disable = route({
  ...shared,
  method: 'POST',
  path: '/admin/users/:id/disable',
  summary: 'Keep a user from signing in, and end all their sessions',
  answer: ended,
  failures: ['user_unknown', 'not_oneself', 'last_administrator'],
  example: { params: { id: exampleUserId }, answer: { ended: 2 } },

  async handle(input) {
    return { ended: (await disableUser(input.runtime, ...targetAndActor(input))).length }
  },
})

/** Let somebody in again. */
export const enable = route({
  ...shared,
  method: 'POST',
  path: '/admin/users/:id/enable',
  summary: 'Let a user who was disabled sign in again',
  answer: noContent,
  failures: ['user_unknown'],
  example: { params: { id: exampleUserId }, answer: undefined },

  async handle({ params, principal, runtime }) {
    await enableUser(runtime, params.id, actorOf(principal()))
    return undefined
  },
})

/** Give somebody another password. */
export const giveUserPassword = route({
  ...shared,
  method: 'POST',
  path: '/admin/users/:id/password',
  summary: 'Give a user another password, and end all their sessions',
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

/** Forget somebody. */
export const deleteOne = route({
  ...shared,
  method: 'DELETE',
  path: '/admin/users/:id',
  summary: 'Delete a user and all their sessions; there is no way back',
  answer: noContent,
  failures: ['user_unknown', 'not_oneself', 'last_administrator'],
  example: { params: { id: exampleUserId }, answer: undefined },

  async handle(input) {
    await deleteUser(input.runtime, ...targetAndActor(input))
    return undefined
  },
})
