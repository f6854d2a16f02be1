// A guard in a process of its own: revocation-guard.ts <issuer> <address>. It receives tokens in the order in which they will be revoked,
// and records when it first refuses each: when it is notified of a change.
import { createGuard } from '@countersign/guard'

/** The messages from the benchmark, and the guard's replies. */
export type GuardOrder =
  | { readonly kind: 'tokens'; readonly tokens: readonly string[] }
  | { readonly kind: 'report' }
export type GuardReport =
  | { readonly kind: 'ready' }
  /** Milliseconds of the machine's monotonic clock, which all processes share; and the memory of this process. */
  | { readonly kind: 'refused'; readonly at: readonly number[]; readonly rssMiB: number }

const [issuer = '', where = ''] = process.argv.slice(2)
let tokens: readonly string[] = []
let at: number[] = []

const guard = createGuard({
  issuer,
  audience: issuer,
  revocation: 'feed',
  maxExplanations: 0,
  fetch: (input, init) => fetch(String(input).replace(issuer, where), init),
  onEvent(event) {
    if (event.kind === 'revocation' && event.event === 'changed') note()
  },
})

function note(): void {
  for (let token = tokens[at.length]; token !== undefined; token = tokens[at.length]) {
    const answer = guard.checkToken(token)
    if (answer instanceof Promise || answer.allowed) return
    if (answer.problem.code !== 'token_revoked') throw new Error(answer.problem.code)
    at.push(Number(process.hrtime.bigint()) / 1e6)
  }
}

async function ready(): Promise<void> {
  for (let left = 20; left > 0; left--) {
    const answer = await guard.checkToken(tokens[0] ?? '')
    if (answer.allowed || answer.status !== 503) return
  }
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
      send({ kind: 'refused', at, rssMiB: process.memoryUsage.rss() / 2 ** 20 })
  }
})
