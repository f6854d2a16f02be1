import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { prepareSite, type Change, type PrepareChanges } from '@countersign/testing/changes'
import { scratch } from '@countersign/testing/files'
import { startPostgres } from '@countersign/testing/postgres'
import { environment, main, password, startCountersign, usernames } from './countersign.ts'
import { latencyRow, reports, startGuard, type GuardProcess } from './guard-process.ts'
import type { Measured } from './measured.ts'

const guardCount = 4
const roundMilliseconds = 1100 // at least: a guard exchanges an API token five times at once, and then once a second

interface Parts {
  readonly server: Measured
  readonly guards: readonly GuardProcess[]
  readonly progress: (line: string) => void
}

interface Measurement {
  readonly late: readonly number[]
  readonly notServed: number
  readonly cpuMilliseconds: number
}

/** Measures every kind of change on SQLite, and with two servers on PostgreSQL. */
export async function changesTable(
  count: number,
  progress: (line: string) => void,
): Promise<string> {
  const lines = [
    `| ${count} changes, ${guardCount} guards | p50 ms | p99 ms | last ms | before the answer | not served | processor ms a change |`,
    '|---|---:|---:|---:|---:|---:|---:|',
  ]
  using folder = scratch()
  const env = withAdministrator(environment(`sqlite:${join(folder.path, 'changes.db')}`))
  {
    await using server = await startCountersign(env)
    lines.push(...(await rowsOf('SQLite', server, server, count, progress)))
  }
  await using postgres = await startPostgres({ durable: true })
  if (postgres) {
    const shared = withAdministrator(environment(await postgres.url('changes')))
    await using first = await startCountersign(shared)
    await using second = await startCountersign(shared)
    lines.push(...(await rowsOf('two servers on PostgreSQL', first, second, count, progress)))
  }
  const load = `Load average of the last 5 minutes at the end: ${loadavg()[1]?.toFixed(1)}.`
  return [...lines, '', load].join('\n')
}

const administrator = { username: 'administrator', password }

/** Creates the database with an administrator. */
function withAdministrator(env: Readonly<Record<string, string>>) {
  const unlimited = { ...env, COUNTERSIGN_LIMITS_CHANGES: '0' } // one administrator makes all changes
  const command = ['user', 'add', administrator.username, '--roles', 'admin']
  execFileSync(process.execPath, ['--conditions=@countersign/source', main.pathname, ...command], {
    env: { ...process.env, ...unlimited },
    input: `${password}\n`,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  return unlimited
}

async function rowsOf(
  name: string,
  changed: Measured,
  followed: Measured,
  count: number,
  progress: (line: string) => void,
): Promise<readonly string[]> {
  const issuer = 'http://localhost:5000'
  const guards = Array.from({ length: guardCount }, () => startGuard(issuer, followed.url))
  try {
    const served = await Promise.all(guards.map((one) => one.ask({ kind: 'url' }, 'served')))
    const users = usernames.slice(0, count).map((username) => ({ username, password }))
    using site = await prepareSite({
      issuer,
      url: changed.url,
      guards: served.map(({ url }) => url),
      users: [administrator, ...users],
    })
    const rows: string[] = []
    for (const [kind, prepare] of Object.entries(site.kinds)) {
      progress(`${kind}, ${name}`)
      const of = await measure(prepare, count, { server: changed, guards, progress })
      const cpu = (of.cpuMilliseconds / (of.late.length / guardCount)).toFixed(1)
      rows.push(`| ${kind}, ${name} | ${latencyRow(of.late)} | ${of.notServed} | ${cpu} |`)
      progress(rows.at(-1) ?? '')
    }
    return rows
  } finally {
    await Promise.all(guards.map((one) => one[Symbol.asyncDispose]()))
  }
}

/** Makes changes in rounds, one for each user, until there are enough. */
async function measure(
  prepare: PrepareChanges,
  count: number,
  { server, guards }: Parts,
): Promise<Measurement> {
  const late: number[] = []
  let [notServed, cpuMilliseconds] = [0, 0]
  while (late.length < count * guards.length) {
    const changes = await prepare()
    const tokens = changes.map(({ token }) => token)
    await Promise.all(guards.map((one) => one.ask({ kind: 'tokens', tokens }, 'ready')))
    if (late.length === 0) await setTimeout(1_000) // until each follows the feed
    const round = setTimeout(roundMilliseconds)
    const before = await server.usage()
    late.push(...(await latencies(changes, guards)))
    cpuMilliseconds += ((await server.usage()).cpuMicroseconds - before.cpuMicroseconds) / 1000
    const failed = await Promise.all(changes.map((change) => change.goOn()))
    notServed += failed.reduce((sum, one) => sum + one, 0)
    await round
  }
  return { late, notServed, cpuMilliseconds }
}

/** Makes changes one after the other; returns the milliseconds from each answer to the refusals of the old token. */
async function latencies(changes: readonly Change[], guards: readonly GuardProcess[]) {
  const answered: number[] = []
  for (const change of changes) {
    await change.apply()
    answered.push(Number(process.hrtime.bigint()) / 1e6)
  }
  const all = await reports(guards, changes.length)
  return all.flatMap(({ at }) => at.map((one, place) => one - (answered[place] ?? 0)))
}
