import * as z from 'zod'
import { endSessionOf, signOutUser } from '../../../domain/administration/sign-out-user.ts'
import { fail } from '../../../failures.ts'
import { exampleSession, exampleSessionId, exampleUserId } from '../../openapi/examples.ts'
import { noContent, route } from '../../pipeline/route.ts'
import { actorOf } from '../../pipeline/access.ts'
import { sessionSchema, toSessionResponse } from '../schemas.ts'

const scope = 'admin:sessions'

/** Lists the sessions of a user. */
export const userSessions = route({
  method: 'GET',
  path: '/admin/users/:id/sessions',
  summary: 'List at most 200 sessions of a user, the last used first',
  limit: { none: 'two reads' },
  access: 'admin',
  scope,
  answer: z.strictObject({ sessions: z.array(sessionSchema) }),
  failures: ['user_unknown'],
  example: { params: { id: exampleUserId }, answer: { sessions: [exampleSession] } },

  async handle({ params, runtime: { store, clock } }) {
    if (!(await store.users.find(params.id))) throw fail('user_unknown')
    const list = await store.sessions.listAlive(params.id, clock.now())
    return { sessions: list.map(toSessionResponse) }
  },
})

/** Signs a user out on all devices. */
export const endUserSessions = route({
  method: 'DELETE',
  path: '/admin/users/:id/sessions',
  summary: 'End all sessions of a user',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  answer: z.strictObject({ ended: z.int().nonnegative() }),
  failures: ['user_unknown'],
  example: { params: { id: exampleUserId }, answer: { ended: 2 } },

  async handle({ params: { id }, runtime, principal }) {
    if (!(await runtime.store.users.find(id))) throw fail('user_unknown')
    const ended = await signOutUser(runtime, id, actorOf(principal(), scope))
    return { ended: ended.length }
  },
})

/** Signs a user out on one device. */
export const endAnySession = route({
  method: 'DELETE',
  path: '/admin/sessions/:id',
  summary: 'End one session of any user',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  answer: noContent,
  failures: ['session_unknown'],
  example: { params: { id: exampleSessionId }, answer: undefined },

  async handle({ params, runtime, principal }) {
    const session = await runtime.store.sessions.find(params.id)
    if (!session) throw fail('session_unknown')
    await endSessionOf(runtime, session.userId, session.id, actorOf(principal(), scope))
    return undefined
  },
})
