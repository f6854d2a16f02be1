import assert from 'node:assert/strict'
import { Kysely } from 'kysely'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { newUser } from '../../domain/users/user.ts'
import { accountContract } from '../contracts/account.contract.ts'
import { administratorsContract } from '../contracts/administrators.contract.ts'
import { invitationsContract } from '../contracts/invitations.contract.ts'
import { forgedKeysContract } from '../contracts/forged-keys.contract.ts'
import { keyChainsContract } from '../contracts/key-chains.contract.ts'
import { keysContract } from '../contracts/keys.contract.ts'
import { auditLogContract } from '../contracts/audit-log.contract.ts'
import { limitsContract } from '../contracts/limits.contract.ts'
import { mailCodesContract } from '../contracts/mail-codes.contract.ts'
import { outboxContract } from '../contracts/outbox.contract.ts'
import { productionContract } from '../contracts/production.contract.ts'
import { clientsContract } from '../contracts/clients.contract.ts'
import { grantsContract } from '../contracts/grants.contract.ts'
import { machinesContract } from '../contracts/machines.contract.ts'
import { resourcesContract } from '../contracts/resources.contract.ts'
import { sessionsContract } from '../contracts/sessions.contract.ts'
import { statusContract } from '../contracts/revocation.contract.ts'
import { storeContract, type Locate } from '../contracts/store.contract.ts'
import { userSearch } from '../migrations/0014-user-search.ts'
import { createStore } from '../store.ts'
import { sqliteDialect } from './sqlite.ts'
import { usersContract } from '../contracts/users.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
after(() => rmSync(folder, { recursive: true }))

const template = join(folder, 'template.db')
await (await createStore({ kind: 'sqlite', file: template })).close()
const locate: Locate = async (database, content) => {
  const file = join(folder, `${database}.db`)
  if (content !== 'nothing' && !existsSync(file)) copyFileSync(template, file)
  return { kind: 'sqlite', file }
}
storeContract('SQLite', locate)
keysContract('SQLite', locate)
keyChainsContract('SQLite', locate)
forgedKeysContract('SQLite', locate)
productionContract('SQLite', locate)
sessionsContract('SQLite', locate, 1)
usersContract('SQLite', locate, 1)
accountContract('SQLite', locate, 3)
auditLogContract('SQLite', locate, 3)
limitsContract('SQLite', locate, 3)
administratorsContract('SQLite', locate, 3)
invitationsContract('SQLite', locate, 3)
outboxContract('SQLite', locate, 3)
mailCodesContract('SQLite', locate, 3)
statusContract('SQLite', locate, 3)
resourcesContract('SQLite', locate, 3)
clientsContract('SQLite', locate, 3)
machinesContract('SQLite', locate, 3)
grantsContract('SQLite', locate, 3)

test('a previous version starts on a database that a newer one has migrated, so that a downgrade works', async () => {
  const file = join(folder, 'newer.db')
  await (await createStore({ kind: 'sqlite', file })).close()
  const newer = new DatabaseSync(file)
  newer.exec("insert into kysely_migration values ('9999-of-a-newer-version', '2030-01-01')")
  newer.close()
  const store = await createStore({ kind: 'sqlite', file })
  assert.ok(await store.users.add(newUser('u', 'u', 1), 'u', 'hash'))
  await store.close()
})

test('[18.26] users who were there before the index of the search are in it', async () => {
  const file = join(folder, 'before-search.db')
  const before = await createStore({ kind: 'sqlite', file })
  for (let at = 0; at < 9; at++) {
    const user = { ...newUser(`u${at}`, `Ada${at}`, at % 3), email: `a${at}@example.com` }
    await before.users.add(user, `ada${at}`, 'hash')
  }
  await before.close()
  const older = new DatabaseSync(file)
  older.exec(`drop trigger user_search_insert; drop trigger user_search_update;
    drop trigger user_search_delete; drop table user_trigrams; drop table user_search`)
  older.close()
  const migrating = new Kysely<never>({ dialect: sqliteDialect(file) })
  await userSearch.up(migrating)
  await migrating.destroy()
  const store = await createStore({ kind: 'sqlite', file })
  assert.ok(await store.users.add(newUser('u9', 'ada9', 2), 'ada9', 'hash'))
  const found = await store.users.list({ limit: 20, search: 'da' })
  assert.deepEqual(
    found.map(({ createdAt }) => createdAt),
    [2, 2, 2, 2, 1, 1, 1, 0, 0, 0],
  )
  assert.equal(found[0]?.id, 'u9')
  assert.equal((await store.users.list({ limit: 20, search: '@example' })).length, 9)
  await store.close()
})

test('sessions that were there before the migration of their kinds are sign-ins, with their indexes', async () => {
  const file = join(folder, 'before-kinds.db')
  const before = await createStore({ kind: 'sqlite', file })
  await before.users.add(newUser('u', 'u', 1), 'u', 'hash')
  await before.close()
  const older = new DatabaseSync(file)
  const indexes = () =>
    older
      .prepare(
        "select name from sqlite_master where type = 'index' and tbl_name = 'sessions' and sql is not null order by name",
      )
      .all()
      .map(({ name }) => name)
  const expected = indexes()
  older.exec(`drop index sessions_client; alter table sessions drop column kind; alter table sessions drop column name;
    alter table sessions drop column client_id; alter table sessions drop column scopes; alter table sessions drop column resource;
    insert into sessions (id, user_id, handle_hash, secret_hash, used, created_at, last_used_at, authenticated_at, amr, idle_expires_at, expires_at)
      values ('s', 'u', 'h', 'x', '[]', 1, 1, 1, 'pwd', 9, 9);
    drop index signing_keys_one_last;
    create unique index signing_keys_one_active on signing_keys ((1)) where activated_at is not null and retired_at is null;
    drop index sessions_parent; alter table sessions drop column parent_id; alter table clients drop column application;
    drop table authorization_codes; drop table device_codes; drop table pushed_requests;
    delete from kysely_migration where name >= '0032'`)
  await (await createStore({ kind: 'sqlite', file })).close()
  assert.deepEqual(indexes(), expected)
  older.close()
  const store = await createStore({ kind: 'sqlite', file })
  assert.deepEqual(
    (await store.sessions.listAlive('u', 2)).map(({ id, grant }) => [id, grant]),
    [['s', null]],
  )
  await store.users.delete('u')
  assert.equal(await store.sessions.find('s'), undefined)
  await store.close()
})

test('opening a new file waits while another process prepares it', async () => {
  const file = join(folder, 'prepared.db')
  using other = new DatabaseSync(file)
  other.exec('begin immediate') // the lock that is held on the way to write-ahead logging
  const opening = createStore({ kind: 'sqlite', file })
  assert.equal(await Promise.race([opening.then(() => 'open'), setTimeout(500, 'waits')]), 'waits')
  other.exec('rollback')
  await (await opening).close()
})

test('a file that is no database is said to be unusable', async () => {
  const file = join(folder, 'junk.db')
  writeFileSync(file, 'this is no database, and long enough to be taken for one'.repeat(100))
  await assert.rejects(createStore({ kind: 'sqlite', file }), { code: 'database_unusable' })
})

test('a place that cannot be written is said to be unusable', async () => {
  await assert.rejects(createStore({ kind: 'sqlite', file: '/dev/null/x.db' }), {
    code: 'database_unusable',
  })
})
