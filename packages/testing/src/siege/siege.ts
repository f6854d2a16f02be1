import { setTimeout as wait } from 'node:timers/promises'
import { scratch } from '../files.ts'
import { freePort } from '../http.ts'
import { countersign, start } from '../process.ts'
import { newMutator } from '../hostile.ts'
import { answered, hold, hostileRequests, open, sendRaw, unfinished } from './hostile-http.ts'
import { memoryOf, measurableMemory, type Memory } from './memory.ts'

/** The size and length of a siege. */
export interface SiegeOptions {
  readonly connections: number
  readonly mutations: number
  readonly rounds: number
  /** True if it waits until slow clients are disconnected: ten seconds for headers, thirty for a body. */
  readonly waits: boolean
  /** A library that replaces the C library's malloc: `returningMalloc()`. */
  readonly malloc?: string | undefined
  readonly progress?: (line: string) => void
}

/** The result of a siege. */
export interface SiegeReport {
  readonly faults: readonly string[]
  /** Measured before the siege, and after each round. */
  readonly memory: readonly Memory[]
}

const get = 'GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n'

const heavy = 'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'

const body = '{"username":"admin","password":"password"}'
const signIn = `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Attacks a development server, round after round. */
export async function siege(options: SiegeOptions): Promise<SiegeReport> {
  const { rounds, connections, malloc, progress = () => {} } = options
  using folder = scratch()
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_HTTP_MAX_CONNECTIONS: String(10 * connections + 1000), // one address may open a tenth of the connections
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
    COUNTERSIGN_LOG_LEVEL: 'warn',
    ...measurableMemory(malloc),
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
      if (!(await isResponsive(port))) faults.push(`no answer after ${name}`)
      progress(`round ${round + 1}, ${name}: ${faults.length} faults`)
    }
    memory.push(await memoryOf(running))
  }
  const log = running.output()
  if (/ERROR|"code":"internal"|unhandled/i.test(log))
    faults.push(`an internal error: ${log.slice(-2000)}`)
  if (!isReleased(memory, malloc !== undefined))
    faults.push(`memory that is not released: ${JSON.stringify(memory)}`)
  return { faults, memory }
}

/** Reports whether memory was released, or, where malloc releases nothing, whether later rounds need no more than the first. */
function isReleased([before, first, ...later]: readonly Memory[], releases: boolean): boolean {
  const last = later.at(-1)
  if (!before || !first || !last || Number.isNaN(last.rss)) return false
  const base = releases ? before.rss * 1.1 : first.rss * 1.25
  return last.rss <= base && last.heap <= first.heap * 1.1
}

type Report = (fault: string) => void

function attacksOf(port: number, { connections, mutations, waits }: SiegeOptions, report: Report) {
  return {
    async 'every hostile request'() {
      for (const { name, bytes, statuses } of hostileRequests) {
        const response = await sendRaw(port, bytes)
        const [status = 'none'] = response.statuses
        if (!statuses.includes(status)) report(`${name}: ${status}`)
        if (response.statuses.length > 1) report(`${name}: ${response.statuses.length} responses`)
        if (!response.closed) report(`${name}: the connection stays open`)
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
      await repeat(mutations, 16, async () => {
        const bytes = mutate()
        const { statuses } = await sendRaw(port, bytes, { end: true, within: 2000 })
        if (statuses.some((status) => status === 500))
          report(`500 to ${JSON.stringify(bytes.slice(0, 300))}`)
      })
    },
    async 'pipelined requests'() {
      const { statuses } = await sendRaw(port, get.repeat(8), { answers: 8 })
      if (statuses.length !== 8 || statuses.some((one) => one !== 200))
        report(`pipelined: ${statuses.join()}`)
      const greedy = await Promise.all(
        Array.from({ length: 16 }, () => hold(port, 1, heavy.repeat(1500))),
      )
      for (let left = 200; left > 0 && open(greedy.flat()) > 0; left--) await wait(50)
      if (open(greedy.flat()) > 0)
        report('a client with thousands of pipelined requests is not disconnected')
      const mixed = await sendRaw(port, `${get}${get}garbage\r\n\r\n${get}`)
      // Node refuses before it has answered the requests before the garbage, and closes; what follows the garbage is never read.
      if (!/^(200,){0,2}400$/.test(mixed.statuses.join()))
        report(`pipelined with garbage: ${mixed.statuses.join()}`)
    },
    async 'connections that are half closed'() {
      const whole = await sendRaw(port, get, { end: true, answers: 1 })
      if (whole.statuses.join() !== '200')
        report(`half closed after a request: ${whole.statuses.join()}`)
      for (const bytes of [unfinished.headers, unfinished.body]) {
        const { statuses, closed } = await sendRaw(port, bytes, { end: true })
        if (!closed || statuses.some((one) => one >= 500))
          report(`half closed within a request: ${statuses.join()}`)
      }
    },
    async 'clients that hang up'() {
      await repeat(500, 50, async (at) => {
        const [socket] = await hold(port, 1, at % 2 === 0 ? get : unfinished.body)
        await wait(at % 5)
        if (at % 3 === 0) socket?.resetAndDestroy()
        else socket?.destroy()
      })
    },
    async 'clients that never complete a request'() {
      const each = waits ? Math.min(500, connections) : 100
      const [silent, headers, bodies] = await Promise.all(
        [unfinished.nothing, unfinished.headers, unfinished.body].map((bytes) =>
          hold(port, each, bytes),
        ),
      )
      if (!(await isResponsive(port))) report('slow clients block others')
      if (waits) {
        const drip = setInterval(
          () => [...headers!, ...bodies!].forEach((one) => one.writable && one.write('a')),
          1000,
        )
        await wait(13_000)
        if (open(silent!) + open(headers!) > 0)
          report('slow headers are accepted for more than ten seconds')
        await wait(20_000)
        if (open(bodies!) > 0) report('slow bodies are accepted for more than thirty seconds')
        clearInterval(drip)
      }
      for (const one of [silent, headers, bodies].flat()) one?.destroy()
    },
    async 'many connections'() {
      const sockets = await hold(port, connections, get)
      const counted = () => answered(sockets)
      for (let left = 600; left > 0 && counted() < connections; left--) await wait(50)
      if (counted() < connections)
        report(`${counted()} of ${connections} connections were answered`)
      if (!(await isResponsive(port))) report('other clients get no response meanwhile')
      for (const one of sockets) one.destroy()
    },
  }
}

/** Runs work many times, up to `atOnce` at the same time. */
async function repeat(
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

/** Reports whether an honest client gets a response in time. */
async function isResponsive(port: number): Promise<boolean> {
  const { statuses } = await sendRaw(
    port,
    'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  )
  return statuses[0] === 200
}

/** Sends valid requests, so that one-time allocations are made before the measurement. */
async function warmUp(port: number): Promise<void> {
  await repeat(1000, 16, async () => void (await sendRaw(port, get, { answers: 1 })))
  await repeat(100, 8, async () => void (await sendRaw(port, signIn, { answers: 1 })))
}
