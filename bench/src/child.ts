// One variant in a process of its own: child.ts <engine> <algorithm> <cold|hot|sign> <in flight> <cache|-> <milliseconds>
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { BenchAlgorithm, CreateEngine, Engine, Material } from './engine.ts'
import { create as createOurs } from './engines/countersign.ts'

const [
  engineName = '',
  algorithm = '',
  operation = '',
  inFlightText = '1',
  cache = '',
  forText = '400',
] = process.argv.slice(2)
const inFlight = Number(inFlightText)
const distinctTokens = 3000 // asked for in turn: three times what a cache may hold here, so that every look-up misses
const hotTokens = 1000
const cacheSize = operation === 'hot' ? 10_000 : 1000

const material = newMaterial(algorithm as BenchAlgorithm)
const { create } = (await import(`./engines/${engineName}.ts`)) as { readonly create: CreateEngine }
const engine = await create(material)
await assertSound(engine)
const work = operation === 'sign' ? signing(engine) : await verifying(engine)
await measure(work, Number(forText))
console.log(JSON.stringify({ microseconds: await measure(work, Number(forText)) }))

function newMaterial(name: BenchAlgorithm): Material {
  const secret = createSecretKey(randomBytes(32))
  const keys = name === 'HS256' ? { privateKey: secret, publicKey: secret } : generatePair(name)
  const claims = {
    iss: 'https://auth.example.com',
    sub: 'u_0123456789abcdefghij',
    aud: 'https://api.example.com',
    scope: 'notes:read notes:write',
    client_id: 'countersign',
  }
  return {
    algorithm: name,
    ...keys,
    keyId: 'bench-key-0123456789',
    claims,
    lifetime: 900,
    cacheSize: cache === 'cache' ? cacheSize : 0,
  }
}

function generatePair(name: Exclude<BenchAlgorithm, 'HS256'>) {
  switch (name) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'EdDSA':
      return generateKeyPairSync('ed25519')
    case 'ML-DSA-44':
      return generateKeyPairSync('ml-dsa-44')
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
  }
}

/** A benchmark of something that accepts anything would be worthless. */
async function assertSound({ prepare = (token) => token, verify, sign }: Engine): Promise<void> {
  const good = (await createOurs(material)).sign() as string
  const at = good.lastIndexOf('.') + 1
  const bad = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1)
  await verify(prepare(good) as never)
  await verify(prepare(await sign()) as never)
  try {
    await verify(prepare(bad) as never)
  } catch {
    return
  }
  throw new Error(`${engineName} accepts a changed signature`)
}

function signing({ sign }: Engine): () => unknown {
  return sign
}

async function verifying({ prepare, verify }: Engine): Promise<() => unknown> {
  const ours = await createOurs(material)
  const count = operation === 'hot' ? hotTokens : distinctTokens
  const texts = Array.from({ length: count }, () => String(ours.sign()))
  let at = 0
  if (prepare) {
    const prepared = texts.map(prepare)
    return () => verify(prepared[(at = (at + 1) % count)] as never)
  }
  // Each call gets a string made afresh, as a header is: no engine profits from a string it has seen.
  const bytes = texts.map((text) => Buffer.from(text, 'latin1'))
  const order =
    operation === 'hot' ? zipf(count) : Array.from({ length: count }, (_, place) => place)
  return () =>
    verify(bytes[order[(at = (at + 1) % order.length)] ?? 0]?.toString('latin1') as never)
}

/** Returns indexes in an order in which a few popular ones occur often and most of them seldom. */
function zipf(count: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, at) => 1 / (at + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const draw = () => {
    let left = Math.random() * total
    return weights.findIndex((weight) => (left -= weight) <= 0)
  }
  return Array.from({ length: 8192 }, draw)
}

/**
 * Microseconds an operation, over some milliseconds; the clock is read once in 64 operations. Of a synchronous engine the processor time of
 * this thread counts, because others may want the processor too.
 */
async function measure(run: () => unknown, milliseconds: number): Promise<number> {
  const isAsync = run() instanceof Promise
  const from = process.hrtime.bigint()
  const cpuFrom = process.threadCpuUsage()
  const until = from + BigInt(milliseconds) * 1_000_000n
  let done = 0
  let now = from
  while (now < until) {
    if (inFlight > 1) await Promise.all(Array.from({ length: 64 }, run))
    else if (isAsync) for (let one = 0; one < 64; one++) await run()
    else for (let one = 0; one < 64; one++) run()
    done += 64
    now = process.hrtime.bigint()
  }
  const { user, system } = process.threadCpuUsage(cpuFrom)
  return (isAsync ? Number(now - from) / 1000 : user + system) / done
}
