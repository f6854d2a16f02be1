import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startPostgres } from '@countersign/testing/postgres'
import { scratch } from '@countersign/testing/files'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import { clientOf, environment, startCountersign } from './countersign.ts'
import type { Measured } from './measured.ts'
import { latencyRow, startGuard, reports } from './guard-process.ts'
import { changesTable } from './revocation-changes.ts'

/** Measures the time from a sign-out until guards in other processes refuse the token. */
export const revocationBenchmark: Benchmark = {
  title: 'From a sign-out to the first refusal',
  summary: '1,000 sign-outs, and when guards in 4 and in 20 other processes refuse; a soak',
  method: `A server and guards that follow its feed, each in its own process, all on the same cores. 1,000 sessions are ended one after the other; a guard checks the
token when it receives a change. Milliseconds from the client's receipt of the sign-out response to the refusal at each guard, on the
machine's monotonic clock. Below 0, the guard refused before the sign-out was answered, which is the purpose of the order of commit, push and response.
With two servers, the sign-outs go to one and the guards follow the other.

The second table has every kind of change, with four guards that also accept API tokens. "Not served" counts requests, at each of the four guards, of the
clients that a change must not end: the session of the user in \`@countersign/client\`, an API token of theirs, and a service account with
\`client_credentials\`. They must be served with the new rights. A revoked API token is refused once the guard has asked the issuer, so its time has that call.
Processor time is of the server where changes are made, from the first change of a round to the last refusal.`,
  run,
}

async function signIn(server: Measured, count: number): Promise<readonly string[]> {
  const clients = Array.from({ length: 8 }, () => clientOf(server))
  const tokens: string[] = []
  await Promise.all(
    clients.map(async (one) => {
      while (tokens.length < count) {
        await one.login()
        tokens.push(one.token())
      }
      one.client.close()
    }),
  )
  return tokens.slice(0, count)
}

/** Ends the sessions one after the other, and returns the time of each response. */
async function signOut(server: Measured, tokens: readonly string[]): Promise<readonly number[]> {
  const { client } = clientOf(server)
  const at: number[] = []
  for (const token of tokens) {
    const headers = { authorization: `Bearer ${token}` }
    const { status } = await client.send({ method: 'POST', path: '/logout', headers })
    if (status !== 204) throw new Error(`/logout answered ${status}`)
    at.push(Number(process.hrtime.bigint()) / 1e6)
  }
  client.close()
  return at
}

/** Returns one row: the delays of the guards' refusals after the sessions ended at `ended`. */
async function latency(
  ended: Measured,
  heard: Measured,
  issuer: string,
  guards: number,
  count: number,
) {
  const tokens = await signIn(ended, count)
  const all = Array.from({ length: guards }, () => startGuard(issuer, heard.url))
  try {
    await Promise.all(all.map((one) => one.ask({ kind: 'tokens', tokens }, 'ready')))
    await setTimeout(1_000) // until each follows the feed
    const answered = await signOut(ended, tokens)
    const late = (await reports(all, count)).flatMap(({ at }) =>
      at.map((one, place) => one - (answered[place] ?? 0)),
    )
    return latencyRow(late)
  } finally {
    await Promise.all(all.map((one) => one[Symbol.asyncDispose]()))
  }
}

/** Signs in and out for a while, and returns the memory of the server and of the largest guard, early and at the end. */
async function soak(server: Measured, issuer: string, seconds: number): Promise<readonly string[]> {
  const guards = Array.from({ length: 4 }, () => startGuard(issuer, server.url))
  const lines: string[] = []
  try {
    const rounds = 8
    let ended = 0
    for (let round = 1; round <= rounds; round++) {
      const until = Date.now() + (seconds * 1000) / rounds
      while (Date.now() < until) {
        const tokens = await signIn(server, 40)
        await Promise.all(guards.map((one) => one.ask({ kind: 'tokens', tokens }, 'ready')))
        if (ended === 0) await setTimeout(1_000) // until each follows the feed
        await signOut(server, tokens)
        await reports(guards, tokens.length)
        ended += tokens.length
      }
      if (round % 2 === 1 && round < rounds - 1) continue
      const { rssMiB } = await server.usage()
      const guardReports = await Promise.all(
        guards.map((one) => one.ask({ kind: 'report' }, 'refused')),
      )
      const most = Math.max(...guardReports.map((one) => one.rssMiB))
      lines.push(
        `| ${Math.round((seconds * round) / rounds)} s | ${ended} | ${rssMiB.toFixed(0)} | ${most.toFixed(0)} |`,
      )
    }
    return lines
  } finally {
    await Promise.all(guards.map((one) => one[Symbol.asyncDispose]()))
  }
}

async function run({ quick, only, progress }: BenchmarkOptions): Promise<string> {
  const count = quick ? 100 : 1_000
  if (only === 'changes')
    return [machine('no peers'), '', await changesTable(quick ? 8 : count, progress)].join('\n')
  const lines = ['| | p50 ms | p99 ms | last ms | before the answer |', '|---|---:|---:|---:|---:|']
  using folder = scratch()
  const env = environment(`sqlite:${join(folder.path, 'bench.db')}`)
  const issuer = String(env['COUNTERSIGN_ISSUER_URL'])
  await using server = await startCountersign(env)
  for (const guards of only === undefined || only === 'one' ? [4, 20] : []) {
    progress(`${guards} guards, one server`)
    lines.push(
      `| one server on SQLite, ${guards} guards | ${await latency(server, server, issuer, guards, count)} |`,
    )
  }
  await using postgres = await startPostgres({ durable: true })
  if (postgres && (only === undefined || only === 'two')) {
    const shared = environment(await postgres.url('bench'))
    await using first = await startCountersign(shared)
    await using second = await startCountersign(shared)
    for (const guards of [4, 20]) {
      progress(`${guards} guards, two servers on PostgreSQL`)
      lines.push(
        `| two servers on PostgreSQL, ${guards} guards | ${await latency(first, second, issuer, guards, count)} |`,
      )
    }
  }
  if (only === 'one' || only === 'two') return [machine('no peers'), '', ...lines].join('\n')
  const changes = await changesTable(quick ? 8 : count, progress)
  const seconds = quick ? 8 : 120
  progress(`a soak of ${seconds} s`)
  const table = [
    '| after | sessions ended | server, MiB | largest guard, MiB |',
    '|---|---:|---:|---:|',
  ]
  const soaked = await soak(server, issuer, seconds)
  return [
    machine('no peers'),
    '',
    ...lines,
    '',
    changes,
    '',
    'A soak test: sign-ins and sign-outs without pause, four guards following.',
    '',
    ...table,
    ...soaked,
  ].join('\n')
}
