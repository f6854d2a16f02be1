import { argon2, randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createPasswordHasher } from '../../../packages/server/src/platform/crypto/password-hasher.ts'
import { scratch } from '@countersign/testing/files'
import { Secret } from '@countersign/server'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import { clientOf, environment, password, startCountersign } from './countersign.ts'
import { closedLoop, percentiles, type Throughput } from './load.ts'
import { createClient, startMeasured, type Measured } from './measured.ts'
import { interleaved, rateTable } from './table.ts'

const workers = 8 // clients at once; four times as many as the cores that hash
const hashers = availableParallelism()

/** Measures sign-ins: the hash is the work, and other requests must neither slow it nor be slowed by it. */
export const loginBenchmark: Benchmark = {
  title: 'Signing in',
  summary: 'logins against the hasher alone and better-auth; a guarded route while logins saturate',
  method: `Argon2id with m=19456 KiB, t=2, p=1. The limit is our hasher alone, on all cores. The other rows are a complete sign-in over HTTP
(look-up, hash, session committed with a full sync on SQLite, token signed). The variants alternate, in reversed order every round. Load
and server share the cores. better-auth signs in with scrypt, its default.`,
  run,
}

async function run({ rounds, quick, progress }: BenchmarkOptions): Promise<string> {
  const milliseconds = quick ? 500 : 3000
  using folder = scratch()
  const env = environment(`sqlite:${join(folder.path, 'bench.db')}`)
  await using ours = await startCountersign(env)
  await using theirs = await startBetterAuth(join(folder.path, 'better-auth.db'))
  const hasher = createPasswordHasher()
  const secret = new Secret(password)
  const hash = await hasher.hash(secret)
  const clients = Array.from({ length: workers }, () => clientOf(ours))
  const rows = await interleaved(
    rounds,
    [
      {
        label: `**limit: the hasher alone**, ${hashers} threads`,
        measure: () =>
          closedLoop({
            workers: hashers,
            milliseconds,
            work: () => hasher.verify(hash, secret, []),
          }),
      },
      {
        label: `crypto.argon2, ${hashers} at once`,
        measure: () => closedLoop({ workers: hashers, milliseconds, work: builtIn }),
      },
      {
        label: `**Countersign**, POST /login, ${workers} clients`,
        measure: () =>
          closedLoop({ workers, milliseconds, work: async (at) => clients[at]?.login() }),
      },
      {
        label: `better-auth, POST /sign-in/email, ${workers} clients`,
        measure: () => closedLoop({ workers, milliseconds, work: theirs.signIn }),
      },
    ],
    progress,
  )
  await hasher.close()
  const beside = await guardedRoute(ours, milliseconds)
  for (const { client } of clients) client.close()
  const peers = 'better-auth 1.7.25, @node-rs/argon2 2.2.1'
  return [machine(peers), '', ...rateTable('logins', rows), '', ...beside].join('\n')
}

const argon2Async = promisify(argon2)

/** Measures the same hash by the platform alone. */
function builtIn(): Promise<unknown> {
  const cost = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 }
  return argon2Async('argon2id', { message: password, nonce: randomBytes(16), ...cost })
}

/** Measures a guarded route at a hundred requests a second, without sign-ins and under a full load of them. */
async function guardedRoute(ours: Measured, milliseconds: number): Promise<readonly string[]> {
  const one = clientOf(ours)
  await one.login()
  const probe = async () => {
    const times: number[] = []
    const headers = { authorization: `Bearer ${one.token()}` }
    for (let sent = 0; sent < milliseconds / 5; sent++) {
      const from = performance.now()
      const { status } = await one.client.send({ path: '/me', headers })
      if (status !== 200) throw new Error(`/me answered ${status}`)
      times.push(performance.now() - from)
      await setTimeout(10)
    }
    return percentiles(times)
  }
  await probe()
  const idle = await probe()
  const others = Array.from({ length: workers }, () => clientOf(ours))
  const [busy] = await Promise.all([
    probe(),
    closedLoop({
      workers,
      milliseconds: milliseconds * 2,
      work: async (at) => others[at]?.login(),
    }),
  ])
  for (const { client } of [one, ...others]) client.close()
  const line = (label: string, { p50, p99, max }: Omit<Throughput, 'perSecond'>) =>
    `| ${label} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${max.toFixed(1)} |`
  return [
    'A guarded route that reads the database (`GET /me`), requested meanwhile, milliseconds:',
    '',
    '| | p50 | p99 | worst |',
    '|---|---:|---:|---:|',
    line('while no user signs in', idle),
    line(`while ${workers} clients sign in without pause`, busy),
  ]
}

/** Measures better-auth with one user who signs in. */
async function startBetterAuth(
  file: string,
): Promise<AsyncDisposable & { signIn(worker: number): Promise<void> }> {
  const server = await startMeasured({
    file: new URL('peers/better-auth.ts', import.meta.url),
    args: [file],
    ready: '/api/auth/ok',
  })
  const clients = Array.from({ length: workers }, () => createClient(server.url))
  const json = { email: 'ada@example.com', password, name: 'Ada' }
  const headers = { origin: server.url }
  const registered = await clients[0]?.send({ path: '/api/auth/sign-up/email', json, headers })
  if (registered?.status !== 200) throw new Error(`better-auth said ${registered?.text}`)
  return {
    async signIn(worker) {
      const answer = await clients[worker]?.send({
        path: '/api/auth/sign-in/email',
        json: { email: json.email, password },
        headers,
      })
      if (answer?.status !== 200) throw new Error(`better-auth said ${answer?.text}`)
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await server[Symbol.asyncDispose]()
    },
  }
}
