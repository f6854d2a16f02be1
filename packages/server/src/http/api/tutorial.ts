import { z } from 'zod'
import { route } from '../pipeline/route.ts'

/** The tutorial's guarded route, word for word. In development only. */
export const tutorial = route({
  method: 'GET',
  path: '/protected',
  summary: 'Greet whoever shows a good token',
  limit: { none: 'it reads nothing' },
  access: 'user',
  missingStatus: 403,
  answer: z.strictObject({ message: z.string() }),
  failures: [],
  example: { answer: { message: 'Hello, admin. You are authenticated!' } },

  handle: ({ principal }) => {
    const { username } = principal().token.claims
    return { message: `Hello, ${String(username)}. You are authenticated!` }
  },
})
