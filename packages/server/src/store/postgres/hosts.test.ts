// Several hosts in one URL: a primary and a standby that take turns.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from '@countersign/testing/http'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { Secret } from '../../domain/kernel/secret.ts'
import { createLiveStatusLists } from '../../domain/revocation/live-status-lists.ts'
import { statusListUri } from '../../domain/revocation/status-list.ts'
import { newUser } from '../../domain/users/user.ts'
import { createLog } from '../../platform/observability/log.ts'
import { sessionUser } from '../contracts/sessions.fixture.ts'
import { createStore } from '../store.ts'
import { inspectConnections } from './inspect-connections.ts'

const log = createLog({ level: 'silent', readable: false })

test('[23.23] of several hosts a server and doctor use the one that can be written, and the server follows a failover, and listens there', async (t) => {
  await using primary = await startPostgres({ own: true })
  if (!primary) return t.skip(howToGetPostgres)
  const first = new URL(await primary.url('auth'))
  await (await createStore({ kind: 'postgres', url: new Secret(first.href), poolSize: 1 })).close()
  await using standby = await primary.standby()
  const second = new URL(await standby.url('auth'))
  const nowhere = await freePort()
  const url = new Secret(
    first.href.replace(first.host, `127.0.0.1:${nowhere},${second.host},${first.host}`),
  )
  assert.deepEqual(await inspectConnections({ url }), { isPooled: false, notifies: true })
  await assert.rejects(inspectConnections({ url: new Secret(second.href) }), {
    code: 'database_unusable',
    message: /read-only/,
  })
  const store = await createStore({ kind: 'postgres', url, poolSize: 3 })
  const heard: number[] = []
  const stop = await store.onChange(async () => void heard.push(1))
  const add = (id: string) => store.users.add(newUser(id, id, 1), id, 'x')
  await Promise.all(['a', 'b', 'c'].map(add))

  await primary.switchTo(standby)
  const writes: string[] = []
  for (let attempt = 0; !(await store.users.find('d')); attempt++)
    await add('d').catch(async (error: { readonly code: string }) => {
      writes.push(error.code)
      assert.ok(attempt < 400)
      await setTimeout(25)
    })
  assert.ok(writes.length < 5, `the new primary was there already: ${writes}`)
  const other = await createStore({ kind: 'postgres', url: new Secret(second.href), poolSize: 1 })
  assert.ok(await other.users.find('a'))
  assert.ok(await other.users.find('d'))
  assert.equal(await store.transaction(async (tx) => (await tx.users.find('d'))?.id), 'd')

  const user = sessionUser(other)
  const before = heard.length
  for (let left = 200; heard.length === before; left--) {
    assert.ok(left > 0, 'it listens at the new primary')
    const { session } = await user.signIn()
    await user.end(session.id, 5)
    await setTimeout(25)
  }
  await stop()
  await Promise.all([store.close(), other.close()])
})

test('[23.23] where every host is a standby, none is written to or read from', async (t) => {
  await using primary = await startPostgres({ own: true })
  if (!primary) return t.skip(howToGetPostgres)
  const url = new URL(await primary.url('auth'))
  await (await createStore({ kind: 'postgres', url: new Secret(url.href), poolSize: 1 })).close()
  await using standby = await primary.standby()
  const { host } = new URL(await standby.url('auth'))
  const hosts = new Secret(url.href.replace(url.host, `${host},${host}`))
  await assert.rejects(createStore({ kind: 'postgres', url: hosts, poolSize: 1 }), {
    code: 'database_unusable',
    message: /none of its hosts can be written/,
  })
})

test('[23.62] a status list that is read from a standby does not count as current and clears no bit, until the standby is the primary', async (t) => {
  await using primary = await startPostgres({ own: true })
  if (!primary) return t.skip(howToGetPostgres)
  const url = await primary.url('auth')
  const writer = await createStore({ kind: 'postgres', url: new Secret(url), poolSize: 1 })
  const user = sessionUser(writer)
  const { session } = await user.signIn()
  await using standby = await primary.standby()
  await user.end(session.id, 5)
  const standbyUrl = await standby.url('auth')
  const store = await createStore({ kind: 'postgres', url: new Secret(standbyUrl), poolSize: 1 })
  const clock = { now: () => 5 }
  const issuer = 'https://auth.example.com'
  const lists = createLiveStatusLists({ store, clock, log }, issuer)
  for (let left = 200; lists.seq === 0; left--) {
    assert.ok(left > 0, 'what has reached the standby is read')
    await lists.catchUp()
    assert.ok(lists.isBehind())
    await setTimeout(25)
  }
  assert.equal(await lists.refresh(), false)
  const direct = new Client(standbyUrl)
  await direct.connect()
  await direct.query('select pg_wal_replay_pause()')
  const { session: later } = await user.signIn()
  await user.end(later.id, 5)
  let source = writer
  const following = {
    numberStatusChanges: () => source.numberStatusChanges(),
    get statusLists() {
      return source.statusLists
    },
  }
  const moving = createLiveStatusLists({ store: following, clock, log }, issuer)
  await moving.catchUp()
  source = store // as when the name leads to another host
  await moving.catchUp()
  const { list = 0, index = 0 } = later.status ?? {}
  const status = moving.statusOf(statusListUri(issuer, list), index)
  assert.equal(status, 'revoked', 'a standby that lags clears no bit')
  await direct.query('select pg_wal_replay_resume()')
  const open = async () => {
    const { rows } = await direct.query<{ pid: number }>("select pid from pg_stat_activity where application_name = 'countersign'") // prettier-ignore
    return rows.map(({ pid }) => pid)
  }
  const before = await open()
  await lists.catchUp() // a name that leads to the primary by now would be resolved again
  await lists.catchUp()
  assert.ok((await open()).every((pid) => !before.includes(pid)))
  await direct.end()
  await standby.promote()
  await lists.catchUp()
  assert.equal(lists.isBehind(), false)
  assert.equal(await lists.refresh(), true)
  await Promise.all([store.close(), writer.close()])
})

test('[23.25] lists and the audit log are read from the replica of read_url; sessions never are, and nothing fails without the replica', async (t) => {
  await using primary = await startPostgres({ own: true })
  if (!primary) return t.skip(howToGetPostgres)
  const url = new Secret(await primary.url('auth'))
  const before = await createStore({ kind: 'postgres', url, poolSize: 1 })
  await before.users.add(newUser('ada', 'ada', 1), 'ada', 'x')
  await before.close()
  const standby = await primary.standby()
  const direct = new Client(await standby.url('auth'))
  await direct.connect()
  const store = await createStore({
    kind: 'postgres',
    url,
    readUrl: new Secret(await standby.url('auth')),
    poolSize: 1,
  })
  const names = async () => (await store.replica.users.list({ limit: 9 })).map(({ id }) => id)
  await direct.query('select pg_wal_replay_pause()') // the replica lags from now on
  await store.users.add(newUser('bob', 'bob', 2), 'bob', 'x')
  assert.deepEqual(await names(), ['ada'])
  assert.ok(await store.users.find('bob'))
  const user = sessionUser(store)
  const { session } = await user.signIn()
  assert.equal((await store.sessions.listAlive(String(session.userId), 1)).length, 1)
  await user.end(session.id, 5)
  assert.deepEqual(await store.sessions.listAlive(String(session.userId), 1), [])
  assert.equal((await store.replica.auditLog.newest(9)).length, 0, 'the replica has no entry yet')
  assert.ok((await store.auditLog.newest(9)).length > 0)
  await direct.end()
  await standby.stop()
  assert.ok((await names()).includes('bob'), 'the primary answers in its place')
  await store.close()
})
