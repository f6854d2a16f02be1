import { setTimeout as wait } from 'node:timers/promises'
import { scratch } from '../files.ts'
import { freePort } from '../http.ts'
import { countersign, start } from '../process.ts'
import { newMutator } from '../hostile.ts'
import { answered, hold, hostileRequests, open, say, unfinished } from './hostile-http.ts'
import { memoryOf, toldMemory, type Memory } from './memory.ts'

/** How hard, and how long. */
export interface SiegeOptions {
  readonly connections: number
  readonly mutations: number
  readonly rounds: number
  /** Whether to wait until slow clients are turned away: ten seconds for headers, thirty for a body. */
  readonly waits: boolean
  /** A library that takes the place of the C library's malloc: `returningMalloc()`. */
  readonly malloc?: string | undefined
  readonly progress?: (line: string) => void
}

/** What a siege has seen. */
export interface SiegeReport {
  readonly faults: readonly string[]
  /** Before, and after each round. */
  readonly memory: readonly Memory[]
}

const get = 'GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n'

const heavy = 'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'

const body = '{"username":"admin","password":"password"}'
const signIn = `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Besieges a server for development, round after round. */
export async function siege(options: SiegeOptions): Promise<SiegeReport> {
  const { rounds, connections, malloc, progress = () => {} } = options
  using folder = scratch()
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_HTTP_MAX_CONNECTIONS: String(10 * connections + 1000), // all of them come from one address, which may hold a tenth
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
    COUNTERSIGN_LOG_LEVEL: 'warn',
    ...toldMemory(malloc),
  }
  await using running = await start([...countersign, 'dev'], { env })
  const faults: string[] = []
  const memory: Memory[] = []
  const attacks = attacksOf(port, options, (fault) => faults.push(fault))
  await warmUp(port)
  memory.push(await memoryOf(running))
  for (let round = 0; round < rounds; round++) {
    for (const [name, attack] of Object.entries(attacks)) {
      await attack()
      if (!(await isWell(port))) faults.push(`no answer after ${name}`)
      progress(`round ${round + 1}, ${name}: ${faults.length} faults`)
    }
    memory.push(await memoryOf(running))
  }
  const said = running.output()
  if (/ERROR|"code":"internal"|unhandled/i.test(said))
    faults.push(`an error of ours: ${said.slice(-2000)}`)
  if (!isBack(memory, malloc !== undefined))
    faults.push(`memory that does not come back: ${JSON.stringify(memory)}`)
  return { faults, memory }
}

/** Whether what was taken was given back; where malloc gives nothing back, whether later rounds do with what the first has taken. */
function isBack([before, first, ...later]: readonly Memory[], givesBack: boolean): boolean {
  const last = later.at(-1)
  if (!before || !first || !last || Number.isNaN(last.rss)) return false
  const base = givesBack ? before.rss * 1.1 : first.rss * 1.25
  return last.rss <= base && last.heap <= first.heap * 1.1
}

type Tell = (fault: string) => void

function attacksOf(port: number, { connections, mutations, waits }: SiegeOptions, tell: Tell) {
  return {
    async 'every hostile request'() {
      for (const { name, bytes, statuses } of hostileRequests) {
        const heard = await say(port, bytes)
        const [status = 'none'] = heard.statuses
        if (!statuses.includes(status)) tell(`${name}: ${status}`)
        if (heard.statuses.length > 1) tell(`${name}: ${heard.statuses.length} answers`)
        if (!heard.closed) tell(`${name}: the connection stays open`)
      }
    },
    async 'requests changed at random'() {
      const login = '{"username":"admin","password":"x"}'
      const goods = [
        get,
        'GET /me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a.b.c\r\nCookie: a=b\r\n\r\n',
        `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${login.length}\r\n\r\n${login}`,
        'POST /refresh HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
      ]
      const mutate = newMutator(7, goods)
      await inTurns(mutations, 16, async () => {
        const bytes = mutate()
        const { statuses } = await say(port, bytes, { end: true, within: 2000 })
        if (statuses.some((status) => status === 500))
          tell(`500 to ${JSON.stringify(bytes.slice(0, 300))}`)
      })
    },
    async 'requests sent ahead'() {
      const { statuses } = await say(port, get.repeat(8), { answers: 8 })
      if (statuses.length !== 8 || statuses.some((one) => one !== 200))
        tell(`pipelined: ${statuses.join()}`)
      const greedy = await Promise.all(
        Array.from({ length: 16 }, () => hold(port, 1, heavy.repeat(1500))),
      )
      for (let left = 200; left > 0 && open(greedy.flat()) > 0; left--) await wait(50)
      if (open(greedy.flat()) > 0) tell('thousands of requests sent ahead are waited for')
      const mixed = await say(port, `${get}${get}garbage\r\n\r\n${get}`)
      // Node says no before it has said what it was asked first, and hangs up; what stands behind the garbage is never read.
      if (!/^(200,){0,2}400$/.test(mixed.statuses.join()))
        tell(`pipelined with garbage: ${mixed.statuses.join()}`)
    },
    async 'connections that are half closed'() {
      const whole = await say(port, get, { end: true, answers: 1 })
      if (whole.statuses.join() !== '200')
        tell(`half closed after a request: ${whole.statuses.join()}`)
      for (const bytes of [unfinished.headers, unfinished.body]) {
        const { statuses, closed } = await say(port, bytes, { end: true })
        if (!closed || statuses.some((one) => one >= 500))
          tell(`half closed within a request: ${statuses.join()}`)
      }
    },
    async 'clients that hang up'() {
      await inTurns(500, 50, async (at) => {
        const [socket] = await hold(port, 1, at % 2 === 0 ? get : unfinished.body)
        await wait(at % 5)
        if (at % 3 === 0) socket?.resetAndDestroy()
        else socket?.destroy()
      })
    },
    async 'clients that never come to an end'() {
      const each = waits ? Math.min(500, connections) : 100
      const [silent, headers, bodies] = await Promise.all(
        [unfinished.nothing, unfinished.headers, unfinished.body].map((bytes) =>
          hold(port, each, bytes),
        ),
      )
      if (!(await isWell(port))) tell('slow clients keep others from being answered')
      if (waits) {
        const drip = setInterval(
          () => [...headers!, ...bodies!].forEach((one) => one.writable && one.write('a')),
          1000,
        )
        await wait(13_000)
        if (open(silent!) + open(headers!) > 0)
          tell('slow headers are waited for beyond ten seconds')
        await wait(20_000)
        if (open(bodies!) > 0) tell('slow bodies are waited for beyond thirty seconds')
        clearInterval(drip)
      }
      for (const one of [silent, headers, bodies].flat()) one?.destroy()
    },
    async 'many connections'() {
      const sockets = await hold(port, connections, get)
      const counted = () => answered(sockets)
      for (let left = 600; left > 0 && counted() < connections; left--) await wait(50)
      if (counted() < connections) tell(`${counted()} of ${connections} connections were answered`)
      if (!(await isWell(port))) tell('nobody else is answered beside them')
      for (const one of sockets) one.destroy()
    },
  }
}

/** Runs something many times, some at once. */
async function inTurns(
  count: number,
  atOnce: number,
  work: (at: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Whether an honest client is answered, within seconds. */
async function isWell(port: number): Promise<boolean> {
  const { statuses } = await say(
    port,
    'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  )
  return statuses[0] === 200
}

/** Honest work, so that what an engine allocates once is there. */
async function warmUp(port: number): Promise<void> {
  await inTurns(1000, 16, async () => void (await say(port, get, { answers: 1 })))
  await inTurns(100, 8, async () => void (await say(port, signIn, { answers: 1 })))
}
