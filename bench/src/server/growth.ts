import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { scratch } from '@countersign/testing/files'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import { clientOf, environment, startCountersign } from './countersign.ts'
import { closedLoop } from './load.ts'
import type { Measured } from './measured.ts'
import { createRefreshing } from './refreshing.ts'
import { interleaved, rateTable } from './table.ts'

const workers = 8

/** Measures the cost of a large database. */
export const growthBenchmark: Benchmark = {
  title: 'Growth',
  summary: 'login and refresh with 1,000,000 users and sessions against an empty database',
  method: `Two servers on SQLite, measured alternately: one with 32 users, one with 1,000,000 users more and a live session for each.
A session's refresh tokens share its one row: after ten rotations each these would be ten million refresh
tokens, and the file no larger. Checking an access token reads no database at all.`,
  run,
}

async function run({ rounds, quick, progress }: BenchmarkOptions): Promise<string> {
  const milliseconds = quick ? 500 : 3000
  const count = quick ? 10_000 : 1_000_000
  using folder = scratch()
  const [small, large] = ['small', 'large'].map((name) => join(folder.path, `${name}.db`)) as [
    string,
    string,
  ]
  const [smallEnv, largeEnv] = [environment(`sqlite:${small}`), environment(`sqlite:${large}`)]
  await using empty = await startCountersign(smallEnv)
  const begun = await startCountersign(largeEnv)
  await begun[Symbol.asyncDispose]()
  progress(`adding ${count} users with a session each`)
  fill(large, count)
  await using grown = await startCountersign(largeEnv)
  const lines: string[] = []
  for (const what of ['login', 'refresh'] as const) {
    const variants = []
    for (const [label, server, file] of [
      ['empty', empty, small],
      [`${count} users and sessions`, grown, large],
    ] as const) {
      const work = await workOf(what, server, file)
      variants.push({ label, measure: () => closedLoop({ workers, milliseconds, work }) })
    }
    lines.push(
      ...rateTable(
        what === 'login' ? 'logins' : 'refreshes',
        await interleaved(rounds, variants, progress),
      ),
      '',
    )
  }
  return [machine('load and servers share the cores'), '', ...lines].join('\n')
}

async function workOf(what: 'login' | 'refresh', server: Measured, file: string) {
  if (what === 'refresh')
    return (await createRefreshing(server, { kind: 'sqlite', file }, workers)).refresh
  const clients = Array.from({ length: workers }, () => clientOf(server))
  return async (worker: number) => clients[worker]?.login()
}

/** Inserts the rows directly, which is faster than through a server: their hashes match no password and no token. */
function fill(file: string, count: number): void {
  const db = new DatabaseSync(file)
  const like = (table: string) => db.prepare(`select * from ${table} limit 1`).get() ?? {}
  const user = like('users')
  const now = Math.floor(Date.now() / 1000)
  const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})`
  const insert = (table: string, values: Readonly<Record<string, string>>) => {
    const names = Object.keys(values)
    db.exec(
      `${numbers} insert into ${table} (${names.join(', ')}) select ${Object.values(values).join(', ')} from n`,
    )
  }
  db.exec('pragma synchronous = off; begin')
  insert('users', {
    ...Object.fromEntries(Object.entries(user).map(([name, value]) => [name, literal(value)])),
    id: `'u_grown_' || i`,
    name: `'grown ' || i`,
    name_folded: `'grown ' || i`,
  })
  insert('sessions', {
    id: `'s_grown_' || i`,
    user_id: `'u_grown_' || i`,
    handle_hash: 'hex(randomblob(32))',
    secret_hash: 'hex(randomblob(32))',
    used: `'[]'`,
    created_at: `${now}`,
    last_used_at: `${now}`,
    authenticated_at: `${now}`,
    amr: `'pwd'`,
    user_agent: `'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'`,
    address: `'192.0.2.1'`,
    idle_expires_at: `${now + 1_209_600}`,
    expires_at: `${now + 7_776_000}`,
  })
  db.exec('commit; pragma wal_checkpoint(truncate)')
  db.close()
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`
}
