// One variant in a process of its own: child.ts <engine> <algorithm> <verify|sign> <in flight> <milliseconds>
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { BenchAlgorithm, CreateEngine, Engine, Material } from './engine.ts'
import { create as createOurs } from './engines/countersign.ts'

const [engineName = '', algorithm = '', operation = '', inFlightText = '1', forText = '400'] =
  process.argv.slice(2)
const inFlight = Number(inFlightText)
const distinctTokens = 10_000 // more than any cache a peer might keep by default

const material = newMaterial(algorithm as BenchAlgorithm)
const { create } = (await import(`./engines/${engineName}.ts`)) as { readonly create: CreateEngine }
const engine = await create(material)
await assertSound(engine)
const work = operation === 'sign' ? signing(engine) : await verifying(engine)
await measure(work, Number(forText))
console.log(JSON.stringify({ microseconds: await measure(work, Number(forText)) }))

function newMaterial(name: BenchAlgorithm): Material {
  const secret = createSecretKey(randomBytes(32))
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = name === 'HS256' ? { privateKey: secret, publicKey: secret } : pair
  const claims = {
    iss: 'https://auth.example.com',
    sub: 'u_0123456789abcdefghij',
    aud: 'https://api.example.com',
    scope: 'notes:read notes:write',
    client_id: 'countersign',
  }
  return { algorithm: name, ...keys, keyId: 'bench-key-0123456789', claims, lifetime: 900 }
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

async function verifying({ prepare = (token) => token, verify }: Engine): Promise<() => unknown> {
  const ours = await createOurs(material)
  const tokens = Array.from({ length: distinctTokens }, () => prepare(String(ours.sign())))
  let at = 0
  return () => verify(tokens[(at = (at + 1) % distinctTokens)] as never)
}

/** Microseconds an operation, over some milliseconds; the clock is read once in 64 operations. */
async function measure(run: () => unknown, milliseconds: number): Promise<number> {
  const isAsync = run() instanceof Promise
  const from = process.hrtime.bigint()
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
  return Number(now - from) / 1000 / done
}
