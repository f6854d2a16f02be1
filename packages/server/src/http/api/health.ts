import * as z from 'zod'
import { route } from '../pipeline/route.ts'

const shared = {
  method: 'GET',
  access: 'public',
  answer: z.strictObject({ status: z.literal('ok') }),
  example: { answer: { status: 'ok' } },
} as const

/** The liveness probe. A process that does not answer should be restarted. */
export const live = route({
  ...shared,
  path: '/health/live',
  summary: 'Liveness: this process answers; restart it if it does not',
  limit: { none: 'it reads nothing' },
  failures: [],

  handle: () => ({ status: 'ok' as const }),
})

/** The readiness probe. While it fails, send no requests to this server; a restart does not help. */
export const ready = route({
  ...shared,
  path: '/health/ready',
  summary: 'Readiness: this server and its database work; send no requests while this fails',
  limit: { none: 'one read, and health checks must not be rejected' },
  failures: ['database_unusable'],

  async handle({ runtime }) {
    await runtime.store.ping()
    return { status: 'ok' as const }
  },
})
