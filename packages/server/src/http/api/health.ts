import { z } from 'zod'
import { route } from '../pipeline/route.ts'

const shared = {
  method: 'GET',
  access: 'public',
  answer: z.strictObject({ status: z.literal('ok') }),
  example: { answer: { status: 'ok' } },
} as const

/** Does this process answer? One that does not should be started again. */
export const live = route({
  ...shared,
  path: '/health/live',
  summary: 'Say that this process answers; whoever gets no answer starts it again',
  limit: { none: 'it reads nothing' },
  failures: [],

  handle: () => ({ status: 'ok' as const }),
})

/** Can this server work? While it cannot, it should be sent no requests; starting it again does not help. */
export const ready = route({
  ...shared,
  path: '/health/ready',
  summary: 'Say whether this server and its database work; while they do not, send no requests',
  limit: { none: 'one read, and what watches this server must not be turned away' },
  failures: ['database_unusable'],

  async handle({ runtime }) {
    await runtime.store.ping()
    return { status: 'ok' as const }
  },
})
