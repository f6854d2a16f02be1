import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { backUpSqlite } from './sqlite-backup.ts'
import { createStore } from '../store.ts'

const ballast = 'x'.repeat(20_000) // in a column of text, so that the file has many pages

suite('a backup of SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const file = join(folder, 'auth.db')
  const at = (name: string) => join(folder, name)
  const names = () => readdirSync(folder).filter((name) => !name.startsWith('auth.db'))
  let store: Store
  before(async () => {
    store = await createStore({ kind: 'sqlite', file })
    await store.transaction(async (tx) => {
      for (let user = 0; user < 2_000; user++)
        await tx.users.add(newUser(`b${user}`, `b${user}`, 1), `b${user}`, ballast)
    })
  })
  after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  test('comes to an end however much is written, and is of one moment: no half transaction', async () => {
    const over = new AbortController()
    let written = 0
    const writer = (async () => {
      for (; !over.signal.aborted; written++) {
        const pair = written
        await store.transaction(async (tx) => {
          for (const half of ['l', 'r'])
            await tx.users.add(
              newUser(`${half}${pair}`, `${half}${pair}`, 1),
              `${half}${pair}`,
              'x',
            )
        })
      }
    })()
    const already = written
    const shares: number[] = []
    const bytes = await backUpSqlite(file, at('busy.db'), (share) => shares.push(share))
    const atLeast = written - already
    over.abort()
    await writer
    assert.ok(atLeast > 0, 'there were writes meanwhile')
    assert.ok(shares.length > 3 && shares.every((share, step) => share >= (shares[step - 1] ?? 0)))
    assert.equal(shares.at(-1), 1, 'then it is checked')
    assert.equal(bytes, statSync(at('busy.db')).size)
    assert.ok(bytes > 2_000 * ballast.length)
    using copy = new DatabaseSync(at('busy.db'), { readOnly: true })
    const halves = copy
      .prepare("select substr(id, 2) as pair from users where id like 'l%' order by pair")
      .all()
    assert.deepEqual(
      copy
        .prepare("select substr(id, 2) as pair from users where id like 'r%' order by pair")
        .all(),
      halves,
    )
    assert.ok(halves.length <= written)
  })

  test('is one file for its owner alone, which a server opens as its own', async () => {
    await backUpSqlite(file, at('one.db'), () => undefined)
    assert.equal(statSync(at('one.db')).mode & 0o777, 0o600)
    assert.deepEqual(
      names().filter((name) => name.startsWith('one')),
      ['one.db'],
    )
    const restored = await createStore({ kind: 'sqlite', file: at('one.db') })
    assert.ok(await restored.users.find('b1999'))
    await restored.close()
  })

  test('overwrites nothing, and leaves nothing of a copy that failed', async () => {
    writeFileSync(at('kept.db'), 'precious')
    writeFileSync(at('begun.db.partial'), 'of another backup')
    writeFileSync(
      at('junk.db'),
      'this is no database, and long enough to be taken for one'.repeat(100),
    )
    const there = names()
    const fails = (from: string, to: string) =>
      assert.rejects(
        backUpSqlite(from, at(to), () => undefined),
        { code: 'backup_failed' },
      )
    await fails(file, 'kept.db')
    await assert.rejects(
      backUpSqlite(file, at('kept.db'), () => undefined),
      { message: /choose another name/ }, // [18.25]
    )
    await fails(file, 'begun.db')
    await fails(file, 'no/such/folder.db')
    await fails(at('none.db'), 'new.db')
    await fails(at('junk.db'), 'new.db')
    assert.deepEqual(names(), there)
    assert.equal(readFileSync(at('kept.db'), 'utf8'), 'precious')
    assert.equal(readFileSync(at('begun.db.partial'), 'utf8'), 'of another backup')
  })

  test('of a database that is damaged gets no name', async () => {
    await backUpSqlite(file, at('sick.db'), () => undefined)
    chmodSync(at('sick.db'), 0o600)
    const bytes = readFileSync(at('sick.db'))
    const page = bytes.readUInt16BE(16)
    for (let from = 40 * page; from < 60 * page; from += page) bytes.fill(0xff, from, from + 64)
    writeFileSync(at('sick.db'), bytes)
    await assert.rejects(
      backUpSqlite(at('sick.db'), at('copy.db'), () => undefined),
      {
        code: 'backup_failed',
      },
    )
    assert.ok(!names().some((name) => name.startsWith('copy')))
  })
})
