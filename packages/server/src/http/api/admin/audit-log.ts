import * as z from 'zod'
import type { Entry } from '../../../domain/audit-log/chain.ts'
import { exportAuditLog } from '../../../domain/audit-log/export-audit-log.ts'
import { readFacts } from '../../../domain/audit-log/read-facts.ts'
import {
  maxStrands,
  positionsBefore,
  positionsBehind,
  type Positions,
} from '../../../domain/audit-log/strand.ts'
import { recentSignInSeconds } from '../../pipeline/access.ts'
import { pageBy, pageQuery } from '../../pipeline/pagination.ts'
import { exampleSessionId, exampleTime, exampleUserId } from '../../openapi/examples.ts'
import { route } from '../../pipeline/route.ts'

const scope = 'admin:audit'

const members = z.record(z.string(), z.unknown())

const entry = z.strictObject({
  strand: z.int(),
  seq: z.int(),
  at: z.int(),
  type: z.string(),
  user: z.string().nullable(),
  session: z.string().nullable(),
  facts: members,
  personal: members.nullable(),
})

function show(one: Entry): z.input<typeof entry> {
  const { strand, seq, at, type, userId, sessionId, facts, personal } = one
  return {
    strand,
    seq,
    at,
    type,
    user: userId,
    session: sessionId,
    facts: { ...readFacts(facts) },
    personal: personal === null ? null : { ...readFacts(personal) },
  }
}

/** The cursors of the list; a number alone is one of the version before, which had strand 0 only. */
const positions = z.union([
  z.array(z.int()).max(maxStrands + 1),
  z.int().transform((seq): Positions => [seq]),
])

/** Lists the entries of the audit log. */
export const listAuditLog = route({
  method: 'GET',
  path: '/admin/audit-log',
  summary: 'List security events, the newest first; with `user` those of one user',
  limit: { none: 'one read' },
  access: 'admin',
  scope,
  query: z.strictObject({ ...pageQuery, user: z.string().max(64).optional() }),
  answer: z.strictObject({ entries: z.array(entry), next: z.string().nullable() }),
  failures: ['query_invalid'],
  example: {
    query: { limit: 50, user: exampleUserId },
    answer: {
      entries: [
        {
          strand: 0,
          seq: 17,
          at: exampleTime,
          type: 'login',
          user: exampleUserId,
          session: exampleSessionId,
          facts: { amr: ['pwd'] },
          personal: { address: '192.0.2.7' },
        },
      ],
      next: null,
    },
  },

  async handle({ query, runtime: { store } }) {
    let before: Positions = []
    const { items, next } = await pageBy(query, positions, {
      endOf: (_, page: readonly Entry[]) => positionsBefore(before, page),
      async read({ limit, after }) {
        before = after ?? positionsBehind(await store.replica.auditLog.heads())
        return store.replica.auditLog.newest(limit, { userId: query.user, before })
      },
    })
    return { entries: items.map(show), next }
  },
})

/**
 * Verifies the audit log. It requires no recent sign-in: it changes nothing and returns only numbers, it may be urgent,
 * and concurrent requests to one process share one pass over the log.
 */
export const verifyAuditLogRoute = route({
  method: 'POST',
  path: '/admin/audit-log/verify',
  summary:
    'Verify the audit log; `checkpoints` are copies that were stored elsewhere. A long log takes a while: concurrent requests for the same share one check, and `since` is the time when it began',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  body: z
    .strictObject({ checkpoints: z.array(z.string().max(4096)).max(16).optional() })
    .optional(),
  answer: z.strictObject({
    since: z.int(),
    entries: z.int(),
    erased: z.int(),
    checkpoints: z.int(),
    unverifiable: z.int(),
    fault: z.strictObject({ strand: z.int(), seq: z.int(), fault: z.string() }).nullable(),
  }),
  failures: ['audit_log_check_running'],
  example: {
    body: { checkpoints: [] },
    answer: {
      since: exampleTime,
      entries: 812,
      erased: 0,
      checkpoints: 3,
      unverifiable: 0,
      fault: null,
    },
  },

  async handle({ body, runtime }) {
    const report = await runtime.verificationRun.run(body?.checkpoints ?? [])
    return { ...report, fault: report.fault ?? null }
  },
})

/** Exports the audit log. */
export const downloadAuditLog = route({
  method: 'GET',
  path: '/admin/audit-log/export',
  summary: 'The whole audit log as JSON lines, with its checkpoints and their key',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  answer: z.instanceof(Response),
  type: 'application/jsonl',
  failures: [],
  example: { answer: new Response('{"checkpoint_key":{"kty":"OKP","crv":"Ed25519","x":"…"}}\n') },

  handle: ({ runtime }) => {
    const body = ReadableStream.from(
      bytesOf(exportAuditLog({ ...runtime, store: runtime.store.replica })),
    )
    const headers = {
      'content-type': 'application/jsonl',
      'content-disposition': 'attachment; filename="audit-log.jsonl"',
    }
    return new Response(body, { headers })
  },
})

async function* bytesOf(pages: AsyncIterable<readonly string[]>): AsyncGenerator<Uint8Array> {
  for await (const lines of pages) if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`)
}
