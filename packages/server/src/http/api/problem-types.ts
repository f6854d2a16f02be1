import * as z from 'zod'
import { fail } from '../../failures.ts'
import { adviceOf } from '../pipeline/problem-advice.ts'
import { callerFailures } from '../pipeline/route-failures.ts'
import { route } from '../pipeline/route.ts'

/** Explains a type of problem. The `type` of every problem document is this URL; browsers get the page of the same URL. */
export const problemType = route({
  method: 'GET',
  path: '/problems/:code',
  summary: 'Explain a problem and what to do about it; a page for browsers',
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
      title: 'The session was ended; sign in again',
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
