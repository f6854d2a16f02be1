import * as z from 'zod'
import { fail } from '../../failures.ts'
import { streamFeed } from './status-feed.ts'
import { route } from '../pipeline/route.ts'

/** A streaming response; in the example, its text. */
const stream = z.custom<Response | string>(
  (answer) => answer instanceof Response || typeof answer === 'string',
)

const exampleList =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6InN0YXR1c2xpc3Qrand0In0.eyJzdWIiOiJodHRwczovL2F1dGguZXhhbXBsZS5jb20ifQ.MEQCIGVYYW1wbGU'

const cacheSeconds = 5 // what a shared cache may add to the time until a guard learns of a revocation

/** Parses the number of a list in a path. Fails with `status_list_unknown`. */
function numberOf(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,8}$/.test(text)) throw fail('status_list_unknown')
  return Number(text)
}

/** A status list: one bit for each session, set once it has ended (draft-ietf-oauth-status-list-21, section 8.1). */
export const statusList = route({
  method: 'GET',
  path: '/status-lists/:id',
  summary:
    'A status list as a signed Status List Token: one bit for each session, set once it has ended',
  limit: { none: 'it is served from memory' },
  access: 'public',
  answer: z.string(),
  type: 'application/statuslist+jwt',
  cacheFor: cacheSeconds,
  cors: 'any',
  failures: [
    'status_list_unknown',
    'status_list_time',
    'database_unreachable',
    'database_unusable',
  ],
  example: { params: { id: '1' }, answer: exampleList },

  async handle({ runtime, params, request }) {
    // Past versions of a list are not stored (section 8.4).
    if (new URL(request.url).searchParams.has('time')) throw fail('status_list_time')
    const published = await runtime.publisher.publish(numberOf(params['id']))
    if (!published) throw fail('status_list_unknown')
    return published.token
  },
})

/** The changes of a status list as they happen. */
export const statusFeed = route({
  method: 'GET',
  path: '/status-lists/:id/feed',
  summary:
    'The changes of a status list as signed server-sent events; resumes after `Last-Event-ID`',
  limit: { none: 'connections are limited by `revocation.feed_connections`' },
  access: 'public',
  answer: stream,
  type: 'text/event-stream',
  cors: 'any',
  failures: ['status_list_unknown', 'feed_full', 'database_unreachable', 'database_unusable'],
  example: {
    params: { id: '1' },
    answer: `retry: 1000\n\nevent: status\nid: 42\ndata: ${exampleList}\n\n`,
  },

  async handle({ runtime, params, request, client }) {
    const list = await runtime.statusLists.find(numberOf(params['id']))
    if (!list) throw fail('status_list_unknown')
    return streamFeed(runtime.feed, list, { request, client })
  },
})

/** The URLs of all status lists (section 9.3). */
export const statusLists = route({
  method: 'GET',
  path: '/status-lists',
  summary: 'The URLs of all status lists of this issuer',
  limit: { none: 'one read' },
  access: 'public',
  answer: z.strictObject({ status_lists: z.array(z.string()) }),
  cacheFor: cacheSeconds,
  cors: 'any',
  failures: ['database_unreachable', 'database_unusable'],
  example: { answer: { status_lists: ['https://auth.example.com/status-lists/1'] } },

  async handle({ runtime }) {
    return { status_lists: (await runtime.statusLists.list()).map(({ uri }) => uri) }
  },
})
