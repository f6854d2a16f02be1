// Memory and latency of HS256, in a process of its own: footprint-child.ts <engine> <tokens>; run with --expose-gc
import { createSecretKey, randomBytes } from 'node:crypto'
import type { CreateEngine, Material } from './engine.ts'
import { create as createOurs } from './engines/countersign.ts'

const [engineName = '', countText = '100000'] = process.argv.slice(2)
const count = Number(countText)
const secret = createSecretKey(randomBytes(32))
const material = (cacheSize: number): Material => ({
  algorithm: 'HS256',
  privateKey: secret,
  publicKey: secret,
  keyId: 'bench-key-0123456789',
  claims: {
    iss: 'https://auth.example.com',
    sub: 'u_0123456789abcdefghij',
    aud: 'https://api.example.com',
    scope: 'notes:read notes:write',
    client_id: 'countersign',
  },
  lifetime: 900,
  cacheSize,
})
const { create } = (await import(`./engines/${engineName}.ts`)) as { readonly create: CreateEngine }
const signer = await createOurs(material(0))
const tokens = Array.from({ length: count }, () => Buffer.from(String(signer.sign()), 'latin1'))
const text = (at: number) => tokens[at % count]?.toString('latin1') ?? ''
const heap = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const cold = await create(material(0))
const hot = await create(material(count * 2))
const verify = (engine: typeof cold, at: number) => engine.verify(text(at) as never)
for (let at = 0; at < 20_000; at++) verify(cold, at)

const before = heap()
for (let at = 0; at < count; at++) verify(hot, at)
const cacheBytes = (heap() - before) / count

console.log(
  JSON.stringify({
    cacheBytes,
    coldBytes: allocated((at) => verify(cold, at)) - allocated(text),
    hotBytes: allocated((at) => verify(hot, at)) - allocated(text),
    ...latency((at) => verify(cold, at)),
  }),
)

/** Bytes that one call leaves to the garbage collector: what the heap grows by while none runs. */
function allocated(work: (at: number) => unknown): number {
  const calls = 2000 // few enough for the young generation not to fill up
  const samples: number[] = []
  for (let round = 0; round < 15; round++) {
    const from = heap()
    for (let at = 0; at < calls; at++) work(at)
    samples.push((process.memoryUsage().heapUsed - from) / calls)
  }
  return samples.toSorted((a, b) => a - b)[7] ?? Number.NaN
}

/** Microseconds of single calls. */
function latency(work: (at: number) => unknown) {
  const samples = new Float64Array(50_000)
  for (let at = 0; at < samples.length; at++) {
    const from = process.hrtime.bigint()
    work(at)
    samples[at] = Number(process.hrtime.bigint() - from) / 1000
  }
  samples.sort()
  const quantile = (q: number) => samples[Math.floor(samples.length * q)]
  return { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) }
}
