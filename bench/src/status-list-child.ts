// A status list of a million sessions in one guard, in a process of its own: status-list-child.ts <calls> <rounds>; run with --expose-gc
import { createGuard } from '@countersign/guard'
import {
  createSigner,
  createStatusList,
  generateKey,
  localKeySet,
  systemClock,
} from '@countersign/token'
import { createStatusListSigner, createStatusListVerifier } from '@countersign/token/internal'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { median } from './statistics.ts'

const [calls, rounds] = process.argv.slice(2).map(Number) as [number, number]
const size = 2 ** 20
const key = generateKey('ES256')
const [audience, clock] = ['https://api.example.com', systemClock]
const list = createStatusList(size)
for (let at = 0; at < size / 100; at++) list.set(Math.floor(Math.random() * size), 1) // 1 %, scattered

const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/statuslist+jwt' }).end(token)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const uri = `${issuer}/status-lists/1`
const keys = localKeySet([key])
const lists = createStatusListSigner({ key, issuer })
const build = () => lists.list({ uri, list: list.encode(), lifetime: 3600, ttl: 300 })
const token = build()
const verifier = createStatusListVerifier({ issuer, algorithms: ['ES256'], keys, clock })
const buildMs = timed(build)
const readMs = timed(() => verifier.list(token, uri))

const good = Array.from({ length: size }, (_, at) => at).find((at) => list.get(at) === 0) ?? 0
const bearer = createSigner({ key, issuer, lifetime: 3600 }).sign({
  sub: 'ada',
  aud: audience,
  status: { status_list: { idx: good, uri } },
})
const guardWith = (revocation: 'poll' | 'none') =>
  createGuard({ issuer, audience, keys, revocation, maxExplanations: 0 })
const [without, looking] = [guardWith('none'), guardWith('poll')]
without.checkToken(bearer)
const warm = guardWith('poll') // what the platform's fetch keeps is not the guard's
await warm.checkToken(bearer)
const before = memory()
await looking.checkToken(bearer)
const guardKiB = (memory() - before) / 1024

/** Nanoseconds of one call, each variant by turns, and a round's difference. */
const hits = { without: [] as number[], looking: [] as number[], bit: [] as number[] }
const scattered = Uint32Array.from({ length: 2 ** 16 }, () => Math.floor(Math.random() * size))
let sum = 0
for (let round = 0; round < rounds; round++) {
  const turn = [
    () =>
      hits.without.push(each(() => (sum += without.checkToken(bearer) instanceof Promise ? 1 : 0))),
    () =>
      hits.looking.push(each(() => (sum += looking.checkToken(bearer) instanceof Promise ? 1 : 0))),
    () => hits.bit.push(each((at) => (sum += list.get(scattered[at & 0xffff] ?? 0)))),
  ]
  for (const one of round % 2 === 0 ? turn : turn.toReversed()) one()
}
const differences = hits.looking.map((ns, round) => ns - (hits.without[round] ?? Number.NaN))
console.log(
  JSON.stringify({
    rawKiB: size / 8 / 1024,
    tokenKiB: token.length / 1024,
    buildMs,
    readMs,
    guardKiB,
    bitNs: median(hits.bit),
    withoutNs: median(hits.without),
    lookingNs: median(hits.looking),
    addsNs: median(differences),
    least: Math.min(...differences),
    greatest: Math.max(...differences),
    sum,
  }),
)
looking.close()
warm.close()
server.closeAllConnections()
server.close()

function each(work: (at: number) => unknown): number {
  const from = process.threadCpuUsage() // not the clock: others may want the processor too
  for (let at = 0; at < calls; at++) work(at)
  const { user, system } = process.threadCpuUsage(from)
  return ((user + system) * 1000) / calls
}

function timed(work: () => unknown): number {
  return median(
    Array.from({ length: 11 }, () => {
      const from = process.hrtime.bigint()
      work()
      return Number(process.hrtime.bigint() - from) / 1e6
    }),
  )
}

/** Bytes in use, those outside of the heap with them. */
function memory(): number {
  for (let times = 0; times < 4; times++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage() // external: the buffers too
  return heapUsed + external
}
