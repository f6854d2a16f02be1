import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { ensureSigningKeys } from '../../domain/keys/ensure-signing-keys.ts'
import { rotateSigningKeys } from '../../domain/keys/rotate-signing-keys.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { ringOf, ringRuntime } from './keys.fixture.ts'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { repetitions } from '@countersign/testing/proofs'
import { companion } from './process.fixture.ts'
import { poolSize } from './handles.fixture.ts'
import { createStore, type Database } from '../store.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
const server = await startPostgres({ own: true })
after(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

const rounds = repetitions({ short: 3, long: 20 }) // kills

/** Lets a process rotate keys, kills it in the middle, checks the ring that is left, and continues with the next process. */
async function story(database: Database, kill: (rotator: ChildProcess) => unknown): Promise<void> {
  const begin = await createStore(database)
  await ensureSigningKeys(ringRuntime(begin, 0))
  await rotateSigningKeys(ringRuntime(begin, 0))
  await begin.close()
  for (let round = 0; round < rounds; round++) {
    const rotator = companion('rotator', database)
    const answered: { readonly id: string; readonly now: number }[] = []
    for await (const line of rotator.lines)
      if (answered.push(JSON.parse(line) as { id: string; now: number }) === 4 + round)
        await kill(rotator.process)
    assert.notEqual(await rotator.ended, 0)

    const store = await createStore(database)
    const ring = await ringOf(store)
    await store.close()
    const last = answered.at(-1)!
    const kept = ring.find((key) => key.id === last.id)
    assert.ok(kept && kept.activatedAt <= last.now, 'what was answered is true')
    assert.equal(ring.filter((key) => key.retiredAt === null).length, 1)
    for (const [at, { retiredAt }] of ring.entries())
      assert.equal(retiredAt, ring[at + 1]?.activatedAt ?? null, 'a key ends when the next begins')
  }
}

test('SQLite: a rotation that was answered is true after a kill -9, and the ring is whole', async () => {
  const file = join(folder, 'killed.db')
  await story({ kind: 'sqlite', file }, async (rotator) => {
    await setTimeout(Math.random() * 10) // anywhere in the rotations that follow
    rotator.kill('SIGKILL')
  })
})

test('PostgreSQL: a rotation that was answered is true after a kill -9, and the ring is whole', async (t) => {
  if (!server) return t.skip(howToGetPostgres)
  const url = new Secret(await server.url('killed'))
  await story({ kind: 'postgres', url, poolSize }, () => server.killAndRestart())
})
