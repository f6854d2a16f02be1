import { z } from 'zod'
import { route } from '../route.ts'

/** Is this server able to work? Fails, with 500, when the database does not answer. */
export const health = route({
  method: 'GET',
  path: '/health',
  summary: 'Say whether this server and its database work',
  limit: { none: 'one read, and what watches this server must not be turned away' },
  access: 'public',
  answer: z.strictObject({ status: z.literal('ok') }),
  failures: ['database_unusable'],
  example: { answer: { status: 'ok' } },

  async handle({ runtime }) {
    await runtime.store.ping()
    return { status: 'ok' as const }
  },
})
