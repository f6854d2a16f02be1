import * as z from 'zod'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import type { StatusListSource } from '../../domain/revocation/status-list-source.ts'
import { fail } from '../../failures.ts'
import { streamFeed } from './status-feed.ts'
import { route } from '../pipeline/route.ts'
import type { Services } from '../pipeline/services.ts'

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

/** A request for a list or its feed. */
export interface ListRequest {
  readonly params: Readonly<Record<string, string>>
  readonly request: Request
  readonly client: Pick<ClientInfo, 'address'>
}

/** Answers a request for a list. Fails with `status_list_unknown` and `status_list_time`. */
export async function answerList(
  source: StatusListSource,
  { params, request }: ListRequest,
): Promise<string> {
  // Past versions of a list are not stored (section 8.4).
  if (new URL(request.url).searchParams.has('time')) throw fail('status_list_time')
  const published = await source.publish(numberOf(params['id']))
  if (!published) throw fail('status_list_unknown')
  return published.token
}

/** Answers a request for the feed of a list. Fails with `status_list_unknown` and `feed_full`. */
export async function answerFeed(
  source: StatusListSource,
  { params, ...input }: ListRequest,
): Promise<Response> {
  const follow = await source.feedOf(numberOf(params['id']))
  if (!follow) throw fail('status_list_unknown')
  return streamFeed(follow, input)
}

/** Answers a request for the URLs of all lists. */
export async function answerLists(source: StatusListSource) {
  return { status_lists: [...(await source.uris())] }
}

/** Returns the lists of this server. */
function ownLists({ publisher, statusLists, feed }: Services): StatusListSource {
  return {
    publish: publisher.publish,
    async feedOf(id) {
      const list = await statusLists.find(id)
      return list && ((seen, follower) => feed.follow(list, seen, follower))
    },
    uris: async () => (await statusLists.list()).map(({ uri }) => uri),
  }
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

  handle: ({ runtime, ...input }) => answerList(ownLists(runtime), input),
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

  handle: ({ runtime, ...input }) => answerFeed(ownLists(runtime), input),
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

  handle: ({ runtime }) => answerLists(ownLists(runtime)),
})
