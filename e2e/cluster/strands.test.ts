import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { formOf, repetitions } from '@countersign/testing/proofs'
import { maxStrands } from '../../packages/server/src/domain/audit-log/strand.ts'
import { verifyAuditLog } from '../../packages/server/src/domain/audit-log/verify-audit-log.ts'
import { Secret } from '../../packages/server/src/domain/kernel/secret.ts'
import { endSessionIn } from '../../packages/server/src/domain/sessions/end-sessions.ts'
import { recordEvents } from '../../packages/server/src/domain/audit-log/record-event.ts'
import { startSession } from '../../packages/server/src/domain/sessions/start-session.ts'
import { newUser, type User } from '../../packages/server/src/domain/users/user.ts'
import { testPorts } from '../../packages/server/src/store/contracts/test-ports.fixture.ts'
import { createStore } from '../../packages/server/src/store/store.ts'

const atOnce = 64
const server = await startPostgres({ durable: true })
after(() => server?.stop())
const skip = server ? false : howToGetPostgres

/**
 * Makes each commit of the server wait so many milliseconds, alone or with others: 2 ms is what a synchronous replica in the same building adds. With
 * 100 ms the processor, which other programs use too, is not the limit of either figure.
 */
async function delayCommits(milliseconds: number) {
  const client = new Client(String(await server?.url('postgres')))
  await client.connect()
  await client.query('alter system set commit_siblings = 0')
  await client.query(`alter system set commit_delay = ${milliseconds * 1_000}`)
  await client.query('select pg_reload_conf()')
  await client.end()
}

/** Opens a database with so many strands, 64 users, and a connection for each. */
async function open(name: string, strands: number) {
  const url = new Secret(String(await server?.url(name)))
  const database = { kind: 'postgres', url, poolSize: atOnce, connectTimeout: 60_000 } as const
  const store = await createStore(database, { strands })
  const users = Array.from({ length: atOnce }, (_, at) => newUser(`${name}-${at}`, `${at}`, 0))
  await Promise.all(users.map((user) => store.users.add(user, user.id, 'hash')))
  return { store, users }
}

type Opened = Awaited<ReturnType<typeof open>>

type Deps = typeof testPorts & Pick<Opened, 'store'> & { readonly clock: { now(): number } }

/** Records one event: the part of a sign-in that waits for others, at a tenth of its processor time, which a busy machine may not have. */
async function recordLogin(deps: Deps, { id }: User): Promise<number> {
  const event = { type: 'login', user: id, facts: { amr: ['pwd'] } } as const
  await deps.store.transaction((tx) => recordEvents(deps, tx, event))
  return 1
}

async function signInAndOut(deps: Deps, user: User): Promise<number> {
  const grant = await startSession(deps, { user, hash: 'hash', amr: ['pwd'] }, {})
  const ending = { userId: user.id, id: grant.session.id, reason: 'logout' } as const
  await deps.store.transaction((tx) => endSessionIn(deps, tx, ending))
  return 2
}

const work = formOf({ short: recordLogin, long: signInAndOut })

/** Does the work of 64 users, all at once, for a time; returns how often in a second: events, or sign-ins and sign-outs. */
async function throughput({ store, users }: Opened, seconds: number): Promise<number> {
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1_000
  const deps = { ...testPorts, store, clock: { now: () => 5 } }
  let done = 0
  await Promise.all(
    users.map(async (user) => {
      while (elapsed() < seconds) {
        const count = await work(deps, user)
        done += count
      }
    }),
  )
  return done / elapsed()
}

test(
  `[23.9] where commits wait, strands take at least 6 times what one strand takes`,
  { skip },
  async (t) => {
    const [one, many] = [await open('one_strand', 0), await open('strands', maxStrands)]
    for (const warm of [one, many]) await throughput(warm, 0.1) // opens the connections
    const rounds = repetitions({ short: 1, long: 3 })
    const ratios: number[] = []
    for (const delay of formOf({ short: [100], long: [2, 100] })) {
      await delayCommits(delay)
      for (let round = 0; round < rounds; round++) {
        const [single, several] = [await throughput(one, 2), await throughput(many, 2)]
        if (delay === 100) ratios.push(several / single)
        t.diagnostic(
          `commits wait ${delay} ms longer: ${single.toFixed(0)} a second with one strand, ${several.toFixed(0)} with ${maxStrands}: ${(several / single).toFixed(1)} times`,
        )
      }
    }
    for (const { store } of [one, many]) {
      const { fault } = await verifyAuditLog({ ...testPorts, store }, [], () => {})
      assert.equal(fault, undefined)
      await store.close()
    }
    assert.ok(Math.max(...ratios) >= 6, ratios.join(', '))
  },
)
