import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { formOf, repetitions } from '@countersign/testing/proofs'
import { Secret } from '../../domain/kernel/secret.ts'
import { companion, databaseText } from '../contracts/process.fixture.ts'
import { createStore, withDatabase, type Database } from '../store.ts'
import { createLoad } from './load.fixture.ts'
import { contentOf, move } from './move.fixture.ts'
import { writeSampleRows } from './sample-rows.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
const server = await startPostgres()
after(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})
const sqlite = async (name: string): Promise<Database> => ({
  kind: 'sqlite',
  file: join(folder, `${name}.db`),
})
const postgres = async (name: string): Promise<Database> => ({
  kind: 'postgres',
  url: new Secret((await server?.url(name)) ?? ''),
  poolSize: 8,
})

const users = formOf({ short: 500, long: 100_000 })
const rounds = repetitions({ short: 1, long: 20 })
const steps = ['prepared', 'sessions', 'copied', 'frozen', 'compared', 'moved']
const directions = [
  ['SQLite to PostgreSQL', sqlite, postgres, steps],
  ['PostgreSQL to SQLite', postgres, sqlite, formOf({ short: ['frozen', 'moved'], long: steps })],
] as const

for (const [name, locateSource, locateTarget, killedAt] of directions)
  suite(`a move from ${name}`, { skip: server ? false : howToGetPostgres }, () => {
    test('[24.30] [24.31] under load loses no session and no revocation, and the audit log is intact', async (t) => {
      const [from, to] = [await locateSource('busy'), await locateTarget('busy-target')]
      const source = await createStore(from)
      const load = createLoad()
      await load.signIn(source, users)
      const working = load.work(source)
      let frozenAt = 0
      await move(from, to, (progress) => {
        if ('step' in progress && progress.step === 'copied') frozenAt = performance.now()
      })
      const frozenMs = performance.now() - frozenAt
      await working.done
      t.diagnostic(`${users} users: writes were refused for ${Math.round(frozenMs)} ms`)
      const before = await source.statusLists.changes(0, 10_000_000)
      await source.close()

      const target = await createStore(to)
      const going = load.work(target)
      setTimeout(going.stop, 300)
      await going.done
      assert.ok(load.promised.length > users)
      await load.assertKept(target)
      const changes = await target.statusLists.changes(0, 10_000_000)
      assert.deepEqual(changes.slice(0, before.length), before, 'numbers only grow')
      assert.ok(changes.length > before.length)
      await target.close()
    })

    for (const step of killedAt)
      test(`[24.32] killed at ${step}, has one database that is served, and goes on`, async () => {
        const [from, to] = [
          await locateSource(`kill-${step}`),
          await locateTarget(`killed-${step}`),
        ]
        await (await createStore(from)).close()
        await withDatabase(from, writeSampleRows)
        const expected = await contentOf(from)
        const variables = { STOP_AT: step, TARGET: databaseText(to) }
        const mover = companion('../move/mover', from, variables)
        assert.equal((await mover.lines.next()).value, step)
        mover.process.kill('SIGKILL')
        await mover.ended
        await assert.rejects(createStore(to), { code: 'move_unfinished' })
        const isUntouched = ['prepared', 'sessions', 'copied'].includes(step)
        const write = withDatabase(from, (db) =>
          db.updateTable('users').set({ language: 'de' }).where('id', '=', 'users-1').execute(),
        )
        if (isUntouched) await write
        else await assert.rejects(write, { code: 'database_moving' })
        await move(from, to)
        await assert.rejects(createStore(from), { code: 'database_moved' })
        await (await createStore(to)).close()
        const content = await contentOf(to)
        assert.deepEqual(content, isUntouched ? await contentOf(from) : expected)
      })

    test('[24.32] killed at any moment under load, goes on and loses nothing', async () => {
      for (let round = 0; round < rounds; round++) {
        const [from, to] = [
          await locateSource(`any-${round}`),
          await locateTarget(`any-${round}-target`),
        ]
        const source = await createStore(from)
        const load = createLoad()
        await load.signIn(source, 100)
        const working = load.work(source)
        const mover = companion('../move/mover', from, { TARGET: databaseText(to) })
        await new Promise((resolve) => setTimeout(resolve, 600 + Math.random() * 1_500))
        mover.process.kill('SIGKILL')
        await mover.ended
        await move(from, to).catch((error: { readonly code?: string }) => {
          assert.equal(error.code, 'database_moved', 'it had finished')
        })
        await working.done
        await source.close()
        const target = await createStore(to)
        await load.assertKept(target)
        await target.close()
      }
    })
  })
