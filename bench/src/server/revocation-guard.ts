// A guard in a process of its own: revocation-guard.ts <issuer> <address>. It receives tokens in the order in which they will be revoked,
// and records when it first refuses each: when it is notified of a change. It also serves a route, for clients that go on.
import { createGuard } from '@countersign/guard'
import { nodeGuard } from '@countersign/guard/node'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The messages from the benchmark, and the guard's replies. */
export type GuardOrder =
  | { readonly kind: 'tokens'; readonly tokens: readonly string[] }
  | { readonly kind: 'report' }
  | { readonly kind: 'url' }
export type GuardReport =
  | { readonly kind: 'ready' }
  /** Milliseconds of the machine's monotonic clock, which all processes share; and the memory of this process. */
  | {
      readonly kind: 'refused'
      readonly at: readonly number[]
      readonly rssMiB: number
      readonly cpuMs: number
    }
  | { readonly kind: 'served'; readonly url: string }

const [issuer = '', where = ''] = process.argv.slice(2)
const revoked = new Set(['token_revoked', 'token_invalid']) // the second for an API token
let tokens: readonly string[] = []
let at: number[] = []

const guard = createGuard({
  issuer,
  audience: issuer,
  apiTokens: true,
  revocation: 'feed',
  maxExplanations: 0,
  fetch: (input, init) => fetch(String(input).replace(issuer, where), init),
  onEvent(event) {
    if (event.kind === 'revocation' && event.event === 'changed') void note()
  },
})

let [isNoting, isOverdue] = [false, false]

/** Checks the tokens in turn until one is good. A revoked API token is refused once the issuer has been asked, which takes a moment. */
async function note(): Promise<void> {
  isOverdue = true
  if (isNoting) return
  isNoting = true
  while (isOverdue) {
    isOverdue = false
    for (let token = tokens[at.length]; token !== undefined; token = tokens[at.length]) {
      const checked = guard.checkToken(token)
      const answer = checked instanceof Promise ? await checked : checked
      if (answer.allowed) break
      if (!revoked.has(answer.problem.code)) throw new Error(answer.problem.code)
      at.push(Number(process.hrtime.bigint()) / 1e6)
    }
  }
  isNoting = false
}

const route = nodeGuard(guard, undefined, (_, response, { roles, scopes }) => {
  response.end(JSON.stringify({ roles: [...roles], scopes: [...scopes] }))
})
const server = createServer((request, response) => void route(request, response))
await once(server.listen(0, '127.0.0.1'), 'listening')

async function ready(): Promise<void> {
  for (let left = 20; left > 0; left--) {
    const answer = await guard.checkToken(tokens[0] ?? '')
    if (answer.allowed || answer.status !== 503) return
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function send(report: GuardReport): void {
  process.send?.(report)
}

process.on('message', (order: GuardOrder) => {
  switch (order.kind) {
    case 'tokens':
      ;[tokens, at] = [order.tokens, []]
      // Repeated until it has the keys and the list: on a busy machine the first attempt may time out.
      void ready()
        .then(() => Promise.all(tokens.map((token) => guard.checkToken(token))))
        .then((answers) => {
          const refused = answers.find((answer) => !answer.allowed)
          if (refused && !refused.allowed)
            throw new Error('a good token is refused', { cause: refused.cause })
          send({ kind: 'ready' })
        })
      return
    case 'report':
      send({
        kind: 'refused',
        at,
        rssMiB: process.memoryUsage.rss() / 2 ** 20,
        cpuMs: cpuMs(),
      })
      return
    case 'url':
      send({ kind: 'served', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  }
})
