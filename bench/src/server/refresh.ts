import { Secret } from '@countersign/server'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { scratch } from '@countersign/testing/files'
import { startPostgres } from '@countersign/testing/postgres'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import { environment, startCountersign } from './countersign.ts'
import { closedLoop } from './load.ts'
import { createClient, startMeasured, type Measured } from './measured.ts'
import { createRefreshing, type Refreshing } from './refreshing.ts'
import { barePostgres, bareSqlite } from './bare-rotation.ts'
import { interleaved, rateTable } from './table.ts'

const workers = 32 // sessions that are refreshed at once

/** Measures refreshes: each is one durable write, and concurrent writes share a sync. */
export const refreshBenchmark: Benchmark = {
  title: 'Refreshing',
  summary: 'POST /refresh against the bare transaction, oidc-provider in memory and better-auth',
  method: `Each refresh is durable before it is answered. The limit is the bare transaction: one row updated by its primary
key with node:sqlite (WAL, \`synchronous=FULL\`), one at a time in this process, or through \`pg\` with as many connections. Ours is the
complete refresh over HTTP: token parsed and looked up by hash, rotated, committed, access token signed with ES256. oidc-provider
rotates **in memory**. better-auth has no refresh token of this kind; the closest is a JWT for a session that is read from the database.
The variants alternate, in reversed order every round. Load, server and database share the cores.`,
  run,
}

async function run(options: BenchmarkOptions): Promise<string> {
  const peers = 'oidc-provider 9.13.3, better-auth 1.7.25, pg 8.23.1'
  const lines = [machine(peers), '', ...(await onSqlite(options)), '']
  await using postgres = await startPostgres({ durable: true })
  if (postgres) lines.push(...(await onPostgres(options, await postgres.url('bench'))))
  else lines.push('PostgreSQL: not measured, its programs are not on this machine.')
  return lines.join('\n')
}

async function onSqlite({ rounds, quick, progress }: BenchmarkOptions): Promise<readonly string[]> {
  const milliseconds = quick ? 500 : 3000
  using folder = scratch()
  const bare = bareSqlite(new DatabaseSync(join(folder.path, 'bare.db')))
  const file = join(folder.path, 'ours.db')
  await using ours = await startCountersign(environment(`sqlite:${file}`))
  const devices = await createRefreshing(ours, { kind: 'sqlite', file }, workers)
  await using oidc = await startOidcProvider()
  await using better = await startBetterAuth(join(folder.path, 'better-auth.db'))
  const rows = await interleaved(
    rounds,
    [
      {
        label: '**limit: bare transaction**, SQLite, one at a time',
        measure: () => closedLoop({ workers: 1, milliseconds, work: async () => bare.rotate() }),
      },
      ...[1, workers].map((count) => ({
        label: `**Countersign**, POST /refresh, SQLite, ${count} at once`,
        measure: () => closedLoop({ workers: count, milliseconds, work: devices.refresh }),
      })),
      {
        label: `oidc-provider, in memory, ${workers} at once`,
        measure: () => closedLoop({ workers, milliseconds, work: oidc.work }),
      },
      {
        label: `better-auth, GET /token, ${workers} at once`,
        measure: () => closedLoop({ workers, milliseconds, work: better.work }),
      },
    ],
    progress,
  )
  bare.close()
  const blocked = await longestBlock(ours, devices, milliseconds)
  devices.close()
  return [...rateTable('refreshes', rows), '', blocked]
}

/** The longest pause of the server's event loop while it refreshes as fast as it can. */
async function longestBlock(
  ours: Measured,
  devices: Refreshing,
  milliseconds: number,
): Promise<string> {
  await ours.usage('reset')
  const { perSecond } = await closedLoop({
    workers,
    milliseconds: milliseconds * 2,
    warmMilliseconds: 0,
    work: devices.refresh,
  })
  const { blockedMs } = await ours.usage()
  return `Longest block of the server's event loop at ${perSecond.toFixed(0)} refreshes a second on SQLite: ${blockedMs.toFixed(1)} ms.`
}

async function onPostgres(
  { rounds, quick, progress }: BenchmarkOptions,
  url: string,
): Promise<readonly string[]> {
  const milliseconds = quick ? 500 : 3000
  const connections = 8 // our default pool
  const bare = await barePostgres(url, connections)
  await using ours = await startCountersign(environment(url))
  const database = { kind: 'postgres', url: new Secret(url), poolSize: connections } as const
  const devices = await createRefreshing(ours, database, workers)
  const rows = await interleaved(
    rounds,
    [
      {
        label: `**limit: bare statement**, PostgreSQL, ${connections} connections`,
        measure: () => closedLoop({ workers: connections, milliseconds, work: bare.rotate }),
      },
      {
        label: `**Countersign**, POST /refresh, PostgreSQL, ${workers} at once`,
        measure: () => closedLoop({ workers, milliseconds, work: devices.refresh }),
      },
    ],
    progress,
  )
  await bare.close()
  devices.close()
  return rateTable('refreshes', rows)
}

interface Peer extends AsyncDisposable {
  work(worker: number): Promise<void>
}

async function startOidcProvider(): Promise<Peer> {
  const file = new URL('peers/oidc-provider.ts', import.meta.url)
  const server = await startMeasured({ file, ready: '/new-refresh-token' })
  const clients = Array.from({ length: workers }, () => createClient(server.url))
  const tokens: string[] = []
  for (const client of clients) {
    const { text } = await client.send({ path: '/new-refresh-token' })
    tokens.push((JSON.parse(text) as { readonly refresh_token: string }).refresh_token)
  }
  const secret = 'a-secret-of-this-benchmark-and-of-nothing-else'
  return peer(server, clients, async (client, worker) => {
    const { status, text } = await client.send({
      path: '/token',
      form: {
        grant_type: 'refresh_token',
        client_id: 'bench',
        client_secret: secret,
        refresh_token: tokens[worker] ?? '',
      },
    })
    if (status !== 200) throw new Error(`oidc-provider said ${text}`)
    tokens[worker] = (JSON.parse(text) as { readonly refresh_token: string }).refresh_token
  })
}

async function startBetterAuth(file: string): Promise<Peer> {
  const program = { file: new URL('peers/better-auth.ts', import.meta.url), args: [file] }
  const server = await startMeasured({ ...program, ready: '/api/auth/ok' })
  const clients = Array.from({ length: workers }, () => createClient(server.url))
  const json = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' }
  const response = await fetch(`${server.url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body: JSON.stringify(json),
  })
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0])
  const headers = { cookie: cookie.join('; '), origin: server.url }
  return peer(server, clients, async (client) => {
    const { status, text } = await client.send({ path: '/api/auth/token', headers })
    if (status !== 200) throw new Error(`better-auth said ${status} ${text}`)
  })
}

function peer(
  server: Measured,
  clients: readonly ReturnType<typeof createClient>[],
  work: (client: ReturnType<typeof createClient>, worker: number) => Promise<void>,
): Peer {
  return {
    async work(worker) {
      const client = clients[worker]
      if (client) await work(client, worker)
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await server[Symbol.asyncDispose]()
    },
  }
}
