import { z } from 'zod'
import { fail } from '../../failures.ts'
import { route } from '../route.ts'

/** Who am I? */
export const me = route({
  method: 'GET',
  path: '/me',
  summary: 'Show the user whom the token belongs to',
  limit: { none: 'one read' },
  access: 'user',
  answer: z.strictObject({ id: z.string(), username: z.string(), created_at: z.int() }),
  failures: ['user_gone'],

  async handle({ principal, runtime }) {
    const user = await runtime.store.users.find(principal().subject)
    if (!user || user.disabledAt !== null) throw fail('user_gone')
    return { id: user.id, username: user.name, created_at: user.createdAt }
  },
})
