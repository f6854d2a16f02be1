import assert from 'node:assert/strict'
import { Client as Database } from 'pg'
import {
  howToGetPostgres,
  startPostgres,
  type OwnPostgresServer,
} from '@countersign/testing/postgres'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import { environment, password, startCountersign, usernames } from './countersign.ts'
import { createClient, type Client } from './measured.ts'

/** Counts what a database has to do and to hold. */
export const capacityBenchmark: Benchmark = {
  title: 'Capacity of PostgreSQL',
  summary: 'statements for each sign-in, refresh and sign-out; bytes for each row',
  method: `One server on PostgreSQL. Statements are those that \`pg_stat_statements\` counts once or more for each request, with \`begin\` and \`commit\`.
Bytes are those of a table with its indexes, after copies of a real row were added, for each copy. These are counts: they do not depend on the machine.`,
  run,
}

async function run({ quick, progress }: BenchmarkOptions): Promise<string> {
  await using postgres = await startPostgres({ own: true })
  assert.ok(postgres, howToGetPostgres)
  const url = await postgres.url('capacity')
  await loadStatementCounter(postgres)
  const database = new Database(url)
  await database.connect()
  try {
    await using server = await startCountersign(environment(url))
    await database.query('create extension pg_stat_statements')
    const client = createClient(server.url)
    const statements = await measureStatements(client, database, quick ? 5 : 60, progress)
    client.close()
    const bytes = await measureBytes(database, quick ? 2000 : 50_000, progress)
    return [machine('no peers'), '', ...statements, '', ...bytes].join('\n')
  } finally {
    await database.end()
  }
}

/** Loads the extension that counts statements, which takes a restart. */
async function loadStatementCounter(postgres: OwnPostgresServer): Promise<void> {
  const administrator = new Database(await postgres.url('postgres'))
  await administrator.connect()
  await administrator.query('alter system set shared_preload_libraries = pg_stat_statements')
  await administrator.end()
  await postgres.killAndRestart()
}

interface Tokens {
  readonly token: string
  readonly refresh_token: string
}

async function measureStatements(
  client: Client,
  database: Database,
  count: number,
  progress: (line: string) => void,
): Promise<readonly string[]> {
  const tokens: Tokens[] = []
  const send = async (path: string, json: object) => {
    const { status, text } = await client.send({ path, json })
    assert.ok(status < 300, `${path} answered ${status}: ${text}`)
    return text
  }
  const signIn = async (at: number) => {
    const username = usernames[at % usernames.length]
    tokens[at] = JSON.parse(await send('/login', { username, password })) as Tokens
  }
  const refresh = async (at: number) => {
    const { refresh_token } = tokens[at] ?? { refresh_token: '' }
    tokens[at] = JSON.parse(await send('/refresh', { refresh_token })) as Tokens
  }
  const requests = {
    'sign-in, after the first from this network': signIn,
    refresh,
    'sign-out': async (at: number) =>
      send('/logout', { refresh_token: tokens[at]?.refresh_token ?? '' }),
  }
  for (let at = 0; at < usernames.length; at++) await signIn(at) // the first of each user differs: the device is new
  const lines = [
    '| request | statements | of them `begin`, `set local` and `commit` |',
    '|---|---:|---:|',
  ]
  for (const [name, request] of Object.entries(requests)) {
    progress(name)
    await database.query('select pg_stat_statements_reset()')
    for (let at = 0; at < count; at++) await request(at)
    const { all, bounds } = await countedStatements(database, count)
    lines.push(`| ${name} | ${all} | ${bounds} |`)
  }
  return [...lines, '| a guarded route, by its guard | 0 | 0 |']
}

/** Returns how many statements each of so many requests made; what jobs and polls do now and then is less than one. */
async function countedStatements(database: Database, requests: number) {
  const { rows } = await database.query(
    'select query, calls::int from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())',
  )
  const each = (rows as { readonly query: string; readonly calls: number }[]).map(
    ({ query, calls }) => [query, Math.round(calls / requests)] as const,
  )
  const sum = (some: typeof each) => some.reduce((total, [, calls]) => total + calls, 0)
  return {
    all: sum(each),
    bounds: sum(each.filter(([query]) => /^(begin|set local|commit)/i.test(query))),
  }
}

/** The tables that grow with users, with what makes a copy of a row unique, what deletes rows, and which row is copied: a live session, which is in every index. */
const tables = [
  ['user', 'users', { id: 'text', name: 'text', name_folded: 'text' }, 'deleting the user'],
  ['session', 'sessions', { id: 'text', handle_hash: 'text', secret_hash: 'text', status_index: 'number' }, '30 days after its end', 'ended_at is null'], // prettier-ignore
  ['event of the audit log (one for a sign-in, one for a sign-out)', 'audit_log_strands', { seq: 'number' }, 'never'], // prettier-ignore
  ['status change (one for each session that is ended)', 'status_changes', { seq: 'number', status_index: 'number' }, 'after 30 days'], // prettier-ignore
] as const

async function measureBytes(
  database: Database,
  count: number,
  progress: (line: string) => void,
): Promise<readonly string[]> {
  const lines = ['| row | bytes, with its indexes | what deletes it |', '|---|---:|---|']
  for (const [name, table, unique, trimmed, condition = 'true'] of tables) {
    progress(name)
    const size = async () => {
      await database.query(`vacuum ${table}`)
      const { rows } = await database.query(
        `select pg_total_relation_size('${table}')::int as size`,
      )
      return Number(rows[0].size)
    }
    const columns = await database.query(
      `select column_name as name from information_schema.columns where table_name = '${table}' and is_generated = 'NEVER' order by ordinal_position`,
    )
    const names = columns.rows.map((row) => String(row.name))
    const values = names.map((column) => valueOf(column, (unique as Readonly<Record<string, 'text' | 'number'>>)[column])) // prettier-ignore
    const before = await size()
    await database.query(
      `insert into ${table} (${names.join(', ')}) select ${values.join(', ')}
       from (select * from ${table} where ${condition} order by 1 desc limit 1) as original, generate_series(1, ${count}) as copy`,
    )
    lines.push(`| ${name} | ${Math.round(((await size()) - before) / count)} | ${trimmed} |`)
  }
  return lines
}

/** Returns the SQL for a column of a copy: the original, or random text of the same length and at least 12 characters, or the next number. */
function valueOf(column: string, unique: 'text' | 'number' | undefined): string {
  if (unique === 'number') return `original.${column} + 1000000 + copy` // beyond those of other rows
  if (unique === undefined) return `original.${column}`
  const hex = 'md5(random()::text) || md5(random()::text)'
  return `left(${hex}, greatest(length(original.${column}), 12))`
}
