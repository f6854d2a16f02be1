import * as z from 'zod'
import { parseRoles } from '../../../domain/users/role.ts'
import { addUser as addUserAs } from '../../../domain/registration/register-user.ts'
import { setEmail } from '../../../domain/administration/set-email.ts'
import { setRoles } from '../../../domain/administration/set-roles.ts'
import { foldName, type User } from '../../../domain/users/user.ts'
import { fail } from '../../../failures.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { pageByTime, pageQuery } from '../../pipeline/pagination.ts'
import { examplePassword, exampleTime, exampleUser, exampleUserId } from '../../openapi/examples.ts'
import { route } from '../../pipeline/route.ts'
import {
  email,
  newUserFailures,
  password,
  toUserResponse,
  userSchema,
  username,
} from '../schemas.ts'

const scope = 'admin:users'

/** A user in a response to administrators. */
const adminUser = z.strictObject({
  ...userSchema.shape,
  disabled_at: z.int().nullable(),
  password_changed_at: z.int(),
})

const exampleAdminUser = { ...exampleUser, disabled_at: null, password_changed_at: exampleTime }

function show(user: User): z.input<typeof adminUser> {
  const { disabledAt, passwordChangedAt } = user
  return {
    ...toUserResponse(user),
    disabled_at: disabledAt,
    password_changed_at: passwordChangedAt,
  }
}

const roles = z.array(z.string().max(64)).max(100)

/** Lists users. */
export const listUsers = route({
  method: 'GET',
  path: '/admin/users',
  summary:
    'List users, the newest first; with `search` those whose name or e-mail address contains it, in any case',
  limit: { none: 'one read' },
  access: 'admin',
  scope,
  query: z.strictObject({ ...pageQuery, search: z.string().max(254).default('') }),
  answer: z.strictObject({ users: z.array(adminUser), next: z.string().nullable() }),
  failures: ['query_invalid'],
  example: {
    query: { limit: 50, search: 'ada' },
    answer: { users: [exampleAdminUser], next: null },
  },

  async handle({ query, runtime: { store } }) {
    const search = foldName(query.search)
    const { items, next } = await pageByTime(query, 'createdAt', (part) =>
      store.users.list({ ...part, search }),
    )
    return { users: items.map(show), next }
  },
})

/** Creates a user. */
export const addUser = route({
  method: 'POST',
  path: '/admin/users',
  summary: 'Create a user, whatever the setting `users.registration` says',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z.strictObject({
    username,
    password,
    email: email.optional(),
    roles: roles.optional(),
  }),
  answer: adminUser,
  status: 201,
  failures: [...newUserFailures, 'role_unacceptable'],
  example: {
    body: { username: 'ada', password: examplePassword, roles: ['editor'] },
    answer: exampleAdminUser,
  },

  async handle({ body, runtime, principal }) {
    const extras = { email: body.email, roles: body.roles ?? [], by: actorOf(principal(), scope) }
    return show(await addUserAs(runtime, body.username, body.password, extras))
  },
})

/** Shows one user. */
export const getUser = route({
  method: 'GET',
  path: '/admin/users/:id',
  summary: 'Show one user',
  limit: { none: 'one read' },
  access: 'admin',
  scope,
  answer: adminUser,
  failures: ['user_unknown'],
  example: { params: { id: exampleUserId }, answer: exampleAdminUser },

  async handle({ params, runtime }) {
    const user = await runtime.store.users.find(params.id)
    if (!user) throw fail('user_unknown')
    return show(user)
  },
})

/** Changes a user's e-mail address or roles. */
export const changeUser = route({
  method: 'PATCH',
  path: '/admin/users/:id',
  summary:
    'Change the e-mail address of a user (null removes it) or their roles; what is left out stays',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z.strictObject({ email: email.nullable().optional(), roles: roles.optional() }),
  answer: adminUser,
  failures: [
    'user_unknown',
    'email_unacceptable',
    'email_taken',
    'role_unacceptable',
    'not_oneself',
    'last_administrator',
  ],
  example: {
    params: { id: exampleUserId },
    body: { roles: ['editor'] },
    answer: exampleAdminUser,
  },

  async handle({ params: { id }, body, runtime, principal }) {
    const by = actorOf(principal(), scope)
    const wanted = body.roles && parseRoles(body.roles) // fails before anything is written
    if (body.email !== undefined) await setEmail(runtime, id, body.email, by)
    if (wanted) await setRoles(runtime, id, wanted, by)
    const user = await runtime.store.users.find(id)
    if (!user) throw fail('user_unknown')
    return show(user)
  },
})
