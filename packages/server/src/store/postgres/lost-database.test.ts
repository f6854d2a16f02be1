// The database goes away, or its network falls silent, at moments that matter to those who wait for an answer.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { indexOf, readFeed } from '@countersign/testing/feed'
import { Secret } from '../../domain/kernel/secret.ts'
import { password, request, signIn, withAda } from '../../http/api/api.fixture.ts'
import { newUser } from '../../domain/users/user.ts'
import { testServer } from '../../testing.ts'
import { createStore } from '../store.ts'
import { openCuttingProxy } from './cutting-proxy.fixture.ts'

const server = await startPostgres()
after(() => server?.stop())
const skip = server ? false : howToGetPostgres
const proxy = server && (await openCuttingProxy(await server.url('postgres')))
after(() => proxy?.[Symbol.dispose]())
const through = async (name: string) => String(proxy?.through(String(await server?.url(name))))

test(
  '[23.60] [23.66] a sign-out is answered when this server has read it back: where the database is lost between its commit and that, the answer is 503, and the token is refused once the repetition is answered',
  { skip },
  async () => {
    if (!proxy) return
    const { server: api } = await withAda({
      COUNTERSIGN_DATABASE_URL: await through('unconfirmed'),
      COUNTERSIGN_DATABASE_POOL_SIZE: '1', // so that the requests have one order
      COUNTERSIGN_REVOCATION_NOTIFY: 'off',
    })
    const newSession = async () => {
      const { body } = await request(api, 'POST /login', { body: { username: 'ada', password } })
      return { token: String(body['token']), refresh_token: body['refresh_token'] }
    }
    const signOut = (refresh_token: unknown) =>
      request(api, 'POST /logout', { body: { refresh_token } })
    const codeOf = async (token: string) => (await request(api, 'GET /sessions', { token })).code

    await signOut((await newSession()).refresh_token) // makes the rows of locks
    const { refresh_token } = await newSession()
    proxy.takeRequests()
    assert.equal((await signOut(refresh_token)).status, 204)
    const requests = proxy.takeRequests()
    const first = requests.indexOf('commit') + 2 // the next one after the first commit
    assert.ok(first > 2 && requests.indexOf('commit', first) > first, 'numbers follow the commit')
    for (let at = first; at <= requests.length; at++) {
      const story = `${at}: ${requests[at - 1]}`
      const given = await newSession()
      await request(api, 'GET /health/ready') // a new connection has requests of its own
      proxy.goDownAt(at)
      const { status, code, headers } = await signOut(given.refresh_token)
      if (status === 204) assert.equal(await codeOf(given.token), 'token_revoked', story)
      else {
        assert.deepEqual([status, code], [503, 'database_unreachable'], story)
        assert.ok(Number(headers.get('retry-after')) > 0, story)
      }
      assert.ok(proxy.disarm(), story)
      assert.equal((await signOut(given.refresh_token)).status, 204, story)
      assert.equal(await codeOf(given.token), 'token_revoked', story)
    }
    await api.close()
  },
)

const seconds = () => performance.now() / 1000
const answerSeconds = 5.2 // 0.2 s of the statement, and 5 s in which its answer may be late

test(
  '[23.63] a network that falls silent costs one time-out: a transaction does not wait for its ROLLBACK, and no other connection is tried that was open then',
  { skip },
  async () => {
    if (!proxy) return
    const url = new Secret(`${await through('silent')}?statement_timeout=200`)
    const store = await createStore({ kind: 'postgres', url, poolSize: 4 })
    await Promise.all(Array.from({ length: 4 }, () => store.ping()))
    const began = seconds()
    const silent = store.transaction(async (tx) => {
      await tx.users.find('a')
      proxy.stall()
      await tx.users.find('a')
    })
    await assert.rejects(silent, { code: 'database_unreachable', message: /timed out/ })
    const failed = seconds()
    assert.ok(failed - began < answerSeconds + 4, `${failed - began} s`)
    for (let left = 4; left > 0; left--) await store.ping()
    assert.ok(seconds() - failed < 2, `${seconds() - failed} s`)
    await store.close()
  },
)

test(
  '[23.63] a server whose connections fall silent confirms nothing to its guards, and one time-out later they know what ended at another server',
  { skip },
  async () => {
    if (!proxy) return
    const env = {
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      COUNTERSIGN_REVOCATION_NOTIFY: 'off',
      COUNTERSIGN_DATABASE_POOL_SIZE: '3',
    }
    const url = String(await server?.url('one_silent'))
    await using other = await testServer({ ...env, COUNTERSIGN_DATABASE_URL: url })
    const silentUrl = `${await through('one_silent')}?statement_timeout=200`
    const silentEnv = { ...env, COUNTERSIGN_DATABASE_URL: silentUrl }
    await using silent = await testServer(silentEnv, other.clock)
    const token = await signIn(other)
    const { clock } = other
    const origin = 'http://localhost:5000'
    const feed = await readFeed((sent) => silent.fetch(sent), { url: origin, clock })
    const { issuedAt } = (await feed.next())!
    await Promise.all(Array.from({ length: 3 }, () => request(silent, 'GET /health/ready')))

    proxy.stall()
    const began = seconds()
    assert.equal((await request(other, 'POST /logout', { token })).status, 204)
    const running = setInterval(() => clock.advance(1), 50)
    const received = (await feed.next())!
    clearInterval(running)
    assert.ok(seconds() - began < answerSeconds + 4, `${seconds() - began} s`)
    assert.deepEqual(received.indexes, [indexOf(token)], 'no heartbeat came before it')
    assert.ok(received.issuedAt > issuedAt + 60)
    await feed.cancel()
  },
)

test('[23.24] a change outside of a transaction that no standby confirms in time is not answered as done', async (t) => {
  await using primary = await startPostgres({ own: true })
  if (!primary) return t.skip(howToGetPostgres)
  const url = await primary.url('unconfirmed')
  const limited = new Secret(`${url}?statement_timeout=300`)
  const store = await createStore({ kind: 'postgres', url: limited, poolSize: 2 })
  const administrator = new Client(url)
  await administrator.connect()
  const waitFor = async (standby: string) => {
    await administrator.query(`alter system set synchronous_standby_names = '${standby}'`)
    await administrator.query('select pg_reload_conf()')
    await setTimeout(100) // each process of the server reads it when it is idle
  }
  await waitFor('gone')
  const add = (id: string) => store.users.add(newUser(id, id, 1), id, 'x')
  const unconfirmed = { code: 'database_unreachable', message: /no standby has confirmed/ }
  await assert.rejects(add('ada'), unconfirmed)
  assert.equal((await store.users.find('ada'))?.id, 'ada', 'this server has it')
  await waitFor('')
  assert.equal(await add('bob'), true)
  await administrator.end()
  await store.close()
})
