// Readers of a relay's feed, each on its own connection, and one guard that follows the relay: relay-readers.ts <issuer> <relay> <count>.
// They record when they learn of each revocation, in milliseconds of the machine's monotonic clock, which all processes share.
import { createGuard } from '@countersign/guard'
import { issuerKeySet } from '@countersign/token'
import {
  createStatusListVerifier,
  publicAlgorithms,
  type VerifiedStatusChange,
} from '@countersign/token/internal'
import { get } from 'node:http'

/** The messages to this process, and its replies. */
export type ReaderOrder =
  | { readonly kind: 'tokens'; readonly tokens: readonly string[] }
  | { readonly kind: 'report' }
export type ReaderReport =
  | { readonly kind: 'ready' }
  /** By index of a revoked token: when each reader learned of it; and when the guard refused each token, in their order. */
  | {
      readonly kind: 'learned'
      readonly readers: Readonly<Record<number, readonly number[]>>
      readonly guard: readonly number[]
    }

const [issuer = '', relay = '', count = ''] = process.argv.slice(2)
const uri = `${issuer}/status-lists/1`
const keys = issuerKeySet(issuer)
const verifier = createStatusListVerifier({ issuer, algorithms: publicAlgorithms, keys })
const now = () => Number(process.hrtime.bigint()) / 1e6

/** Verified events: a thousand readers on one machine verify a text once, as each would on a machine of its own. */
const verified = new Map<string, VerifiedStatusChange>()
const readers: Record<number, number[]> = {}

function learn(token: string): void {
  const change = verified.get(token) ?? verifier.change(token, uri)
  verified.set(token, change)
  for (const index of change.indexes) (readers[index] ??= []).push(now())
}

/** Connects a reader; resolves with its first event. */
function read(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(`${relay}/status-lists/1/feed`, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const events = text.split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) {
          const [, token] = /^data: (.*)$/m.exec(event) ?? []
          if (token === undefined) continue
          learn(token)
          resolve()
        }
      })
    })
    request.once('error', reject)
  })
}

let tokens: readonly string[] = []
const refusedAt: number[] = []
const guard = createGuard({
  issuer,
  audience: issuer,
  revocation: { relay },
  maxExplanations: 0,
  onEvent(event) {
    if (event.kind === 'revocation' && event.event === 'changed') void note()
  },
})

/** Checks the tokens in turn until one is good: they are revoked in their order. */
async function note(): Promise<void> {
  for (let token = tokens[refusedAt.length]; token; token = tokens[refusedAt.length]) {
    const answer = await guard.checkToken(token)
    if (answer.allowed) return
    if (answer.problem.code !== 'token_revoked') throw new Error(answer.problem.code)
    refusedAt.push(now())
  }
}

async function connect(): Promise<void> {
  await keys.refresh()
  for (const token of tokens) {
    const answer = await guard.checkToken(token)
    if (!answer.allowed) throw new Error('a good token is refused', { cause: answer.cause })
  }
  for (let left = Number(count); left > 0; left -= 50)
    await Promise.all(Array.from({ length: Math.min(50, left) }, read))
  while (guard.health().lists[0]?.feed !== 'open')
    await new Promise((resolve) => setTimeout(resolve, 10))
}

const send = (report: ReaderReport) => void process.send?.(report)

process.on('message', async (order: ReaderOrder) => {
  if (order.kind === 'report') return send({ kind: 'learned', readers, guard: refusedAt })
  tokens = order.tokens
  await connect()
  send({ kind: 'ready' })
})
process.once('disconnect', () => process.exit()) // its parent has ended
