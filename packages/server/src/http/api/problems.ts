import { z } from 'zod'
import { fail } from '../../failures.ts'
import { adviceOf } from '../pipeline/advice.ts'
import { callerFailures } from '../pipeline/failures-of.ts'
import { route } from '../pipeline/route.ts'

/** What does a problem mean? The `type` of every problem document leads here; browsers get the page of the same address. */
export const problemKind = route({
  method: 'GET',
  path: '/problems/:code',
  summary: 'What a problem means, and what to do; a page for browsers',
  limit: { none: 'it reads nothing' },
  access: 'public',
  answer: z.strictObject({
    type: z.string(),
    code: z.string(),
    status: z.int(),
    title: z.string(),
    advice: z.string(),
  }),
  cors: 'any',
  failures: ['route_unknown'],
  example: {
    params: { code: 'session_ended' },
    answer: {
      type: 'https://auth.example.com/problems/session_ended',
      code: 'session_ended',
      status: 401,
      title: 'The session has been ended; sign in again',
      advice: 'Sign in again.',
    },
  },

  handle({ params: { code }, runtime }) {
    const failure = callerFailures.get(code)
    if (!failure) throw fail('route_unknown')
    const { status, message: title } = failure
    const type = `${runtime.issuer.url}/problems/${code}`
    return { type, code, status, title, advice: adviceOf(code, failure) }
  },
})
