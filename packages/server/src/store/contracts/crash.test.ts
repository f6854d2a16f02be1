import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import type { ChildProcess } from 'node:child_process'
import { verifyAuditLog } from '../../domain/audit-log/verify-audit-log.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { repetitions } from '@countersign/testing/proofs'
import { companion } from './process.fixture.ts'
import { testRoot } from './policies.fixture.ts'
import { sessionUser } from './sessions.fixture.ts'
import { poolSize } from './handles.fixture.ts'
import { createStore, type Database } from '../store.ts'
import type { Promised } from './writer.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
const server = await startPostgres({ own: true })
after(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

const rounds = repetitions({ short: 3, long: 20 }) // kills

/** Lets a process write, calls `kill` after so many promises, and returns all that were given. */
async function interrupted(
  database: Database,
  promises: number,
  kill: (writer: ChildProcess) => unknown,
): Promise<readonly Promised[]> {
  const writer = companion('writer', database)
  const given: Promised[] = []
  for await (const line of writer.lines)
    if (given.push(JSON.parse(line) as Promised) === promises) await kill(writer.process)
  assert.notEqual(await writer.ended, 0)
  assert.ok(given.length >= promises)
  return given
}

/** Every promise holds, the audit log is unbroken, and of a transaction that was not answered there is all or nothing. */
async function assertKept(database: Database, given: readonly Promised[]) {
  const store = await createStore(database)
  const { verdict } = sessionUser(store)
  const changes = await store.statusLists.changes(0, 1_000_000)
  assert.deepEqual(
    changes.map(({ seq }) => seq),
    [...new Set(changes.map(({ seq }) => seq))].toSorted((one, other) => one - other),
  )
  const bits = new Set(changes.map(({ list, index }) => `${list}/${index}`))
  const has = async (id: string) => Boolean(await store.users.find(id))
  const kept = async (one: Promised) => {
    switch (one.kind) {
      case 'users':
        for (const part of ['a', 'b', 'c']) assert.ok(await has(one.id + part), one.id + part)
        return
      case 'token':
        return assert.equal(await verdict(new Secret(one.text), 3), 'good')
      case 'ended':
        assert.ok(one.status && bits.has(`${one.status.list}/${one.status.index}`), 'and its bit')
        return assert.equal(await verdict(new Secret(one.text), 3), 'session_ended')
    }
  }
  await Promise.all(given.map(kept))
  const process = given.find((one) => one.kind === 'users')?.id.split('-')[0]
  const attempts = Array.from({ length: given.length + 100 }, (_, at) => `${process}-${at}`)
  await Promise.all(
    attempts.map(async (id) => assert.equal(await has(`${id}a`), await has(`${id}b`), id)),
  )
  const { fault } = await verifyAuditLog({ store, root: testRoot }, [], () => {})
  assert.equal(fault, undefined)
  await store.close()
}

test('SQLite: what was answered before a kill -9 of the process is true after it', async () => {
  const file = join(folder, 'killed.db')
  const database = { kind: 'sqlite', file } as const
  for (let round = 0; round < rounds; round++) {
    const given = await interrupted(database, 30 + 10 * round, (writer) => writer.kill('SIGKILL'))
    await assertKept(database, given)
  }
  using opened = new DatabaseSync(file)
  assert.deepEqual({ ...opened.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
})

test('PostgreSQL: what was answered before a kill -9 of the server is true after it', async (t) => {
  if (!server) return t.skip(howToGetPostgres)
  const url = new Secret(await server.url('killed'))
  const database = { kind: 'postgres', url, poolSize } as const
  for (let round = 0; round < rounds; round++) {
    const given = await interrupted(database, 30 + 10 * round, () => server.killAndRestart())
    await assertKept(database, given)
  }
})
