import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { indexOf } from '@countersign/testing/feed'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'
import { formOf } from '@countersign/testing/proofs'
import { nextMessage } from './next-message.fixture.ts'
import type { ReaderOrder, ReaderReport } from './relay-readers.ts'

const connections = formOf({ short: 50, long: 2_000 })
const signOuts = formOf({ short: 4, long: 100 })
const maxMilliseconds = formOf({ short: 5_000, long: 250 }) // at the 99th percentile; beside the suite, a processor may not be free for seconds
const processes = formOf({ short: 2, long: 4 })
const readersEach = connections / processes

test(`${connections} connections over two relays learn of a sign-out within ${maxMilliseconds} ms (p99)`, async (t) => {
  using folder = scratch()
  const [port, ...relayPorts] = [await freePort(), await freePort(), await freePort()]
  const issuer = `http://localhost:${port}`
  await using _server = await start([...countersign, 'dev'], {
    env: {
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder.path, 'relays.db')}`,
      COUNTERSIGN_LIMITS_ATTEMPTS: '0',
      COUNTERSIGN_LOG_LEVEL: 'warn',
    },
    tied: true,
  })
  await using stack = new AsyncDisposableStack()
  for (const at of relayPorts) {
    const env = { COUNTERSIGN_HTTP_PORT: String(at), COUNTERSIGN_LOG_LEVEL: 'warn' }
    stack.use(await start([...countersign, 'relay', issuer], { env, tied: true }))
  }
  const readers = Array.from({ length: processes }, (_, at) =>
    stack.use(startReaders(issuer, `http://localhost:${relayPorts[at % 2]}`, readersEach)),
  )
  const sessions = await signIn(issuer)
  const tokens = sessions.map(({ token }) => token)
  await Promise.all(readers.map((one) => one.ask({ kind: 'tokens', tokens }, 'ready')))

  const endedAt = new Map<number, number>()
  for (const { token, refresh_token } of sessions.slice(0, signOuts)) {
    const { status } = await send(`${issuer}/logout`, { refresh_token })
    assert.equal(status, 204)
    endedAt.set(indexOf(token), Number(process.hrtime.bigint()) / 1e6)
    await wait(formOf({ short: 20, long: 200 }))
  }
  const reports = await everyReport(readers, [...endedAt.keys()])
  for (const { readers: learned, guard } of reports) {
    for (const index of endedAt.keys())
      assert.equal(learned[index]?.length, readersEach, 'each reader learned of it, once')
    assert.equal(guard.length, signOuts, 'each token is refused; the last session goes on')
  }
  const late = reports.flatMap(({ readers: learned, guard }) =>
    [...endedAt].flatMap(([index, at], turn) =>
      [...(learned[index] ?? []), guard[turn] ?? Infinity].map((one) => one - at),
    ),
  )
  const sorted = late.toSorted((one, other) => one - other)
  const part = (share: number) =>
    Number(sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1))
  t.diagnostic(`ms after the answer: p50 ${part(0.5)}, p99 ${part(0.99)}, last ${part(1)}`)
  assert.ok(part(0.99) <= maxMilliseconds, `${part(0.99)} ms`)
})

interface Session {
  readonly token: string
  readonly refresh_token: string
}

/** Signs in once more than sessions will end. */
async function signIn(issuer: string): Promise<readonly Session[]> {
  const sessions: Session[] = []
  while (sessions.length <= signOuts) {
    const answer = await send(`${issuer}/login`, { username: 'admin', password: 'password' })
    sessions.push((await answer.json()) as Session)
  }
  return sessions
}

function send(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** Readers and a guard in a process of their own. */
interface Readers extends AsyncDisposable {
  ask<K extends ReaderReport['kind']>(
    order: ReaderOrder,
    kind: K,
  ): Promise<Extract<ReaderReport, { readonly kind: K }>>
}

function startReaders(issuer: string, relay: string, count: number): Readers {
  const child = fork(join(import.meta.dirname, 'relay-readers.ts'), [issuer, relay, `${count}`], {
    execArgv: ['--conditions=@countersign/source'],
  })
  return {
    async ask(order, kind) {
      child.send(order)
      const report = (await nextMessage(child)) as ReaderReport
      assert.equal(report.kind, kind)
      return report as never // its kind is the requested one
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** Waits until every guard has refused every token and every reader has learned of each, for ten seconds at most, and returns the reports. */
async function everyReport(readers: readonly Readers[], indexes: readonly number[]) {
  for (let left = 100; ; left--) {
    const reports = await Promise.all(readers.map((one) => one.ask({ kind: 'report' }, 'learned')))
    const isWhole = reports.every(
      ({ readers: learned, guard }) =>
        guard.length === signOuts &&
        indexes.every((index) => learned[index]?.length === readersEach),
    )
    if (isWhole || left === 0) return reports
    await wait(100)
  }
}
