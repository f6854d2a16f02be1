// Every connection to PostgreSQL breaks at every request that a server sends over it, before the request arrives and after it was answered.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { formOf } from '@countersign/testing/proofs'
import { Secret } from '../../domain/kernel/secret.ts'
import { password, request, withAda, type ApiResponse } from '../../http/api/api.fixture.ts'
import { sessionUser } from '../contracts/sessions.fixture.ts'
import { createStore } from '../store.ts'
import { openCuttingProxy } from './cutting-proxy.fixture.ts'

const server = await startPostgres()
after(() => server?.stop())
const skip = server ? false : howToGetPostgres
const proxy = server && (await openCuttingProxy(await server.url('postgres')))
after(() => proxy?.[Symbol.dispose]())
const urlOf = async (name: string) => String(await server?.url(name))
const through = async (name: string) => String(proxy?.through(await urlOf(name)))

/** Opens a connection that does not break, and counts rows over it. */
async function openCounter(name: string) {
  const client = new Client(await urlOf(name))
  await client.connect()
  return {
    count: async (from: string) =>
      Number((await client.query(`select count(*) as n from ${from}`)).rows[0].n),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

const events =
  '(select type, user_id, session_id from audit_log union all select type, user_id, session_id from audit_log_strands) a'
const bits =
  '(select status_list, status_index from status_changes union all select status_list, status_index from unnumbered_status_changes) c'

/** Halves of a change: a session without its audit event, an ending without its status bit or its event, a user without theirs. */
const halves = [
  `sessions s where (select count(*) from ${events} where a.session_id = s.id and a.type = 'login') <> 1`,
  `sessions s where ended_at is not null and (select count(*) from ${bits} where c.status_list = s.status_list and c.status_index = s.status_index) <> 1`,
  `sessions s where (ended_at is not null) <> exists (select 1 from ${events} where a.session_id = s.id and a.type = 'logout')`,
  `users u where name <> 'admin' and (select count(*) from ${events} where a.user_id = u.id and a.type = 'user_registered') <> 1`,
]

/** A change over the API, which is repeated with new input. */
interface Change {
  given(): Promise<string>
  change(given: string): Promise<ApiResponse>
  /** Returns whether the change that was answered has taken effect. */
  isDone(given: string, answer: ApiResponse): Promise<boolean>
}

type Api = Parameters<typeof request>[0]

function changesOf(
  api: Api,
  token: string,
  count: (from: string) => Promise<number>,
): Readonly<Record<string, Change>> {
  const login = () => request(api, 'POST /login', { body: { username: 'ada', password } })
  const refresh = (refresh_token: unknown) =>
    request(api, 'POST /refresh', { body: { refresh_token } })
  const signedIn = async () => String((await login()).body['refresh_token'])
  let made = 0
  return {
    'sign-in': {
      given: async () => '',
      change: login,
      isDone: async (_, { body }) => (await refresh(body['refresh_token'])).status === 200,
    },
    refresh: {
      given: signedIn,
      change: refresh,
      isDone: async (given) => (await refresh(given)).status === 200, // the client did not get the answer, and repeats
    },
    'sign-out': {
      given: signedIn,
      change: (refresh_token) => request(api, 'POST /logout', { body: { refresh_token } }),
      isDone: async (given) => (await refresh(given)).code === 'session_ended',
    },
    'new user': {
      given: async () => `user-${++made}`,
      change: (username) =>
        request(api, 'POST /admin/users', { token, body: { username, password, roles: [] } }),
      isDone: async (given) => (await count(`users where name = '${given}'`)) === 1,
    },
  }
}

test(
  '[23.24] whichever request of a change loses its connection, nothing answered is missing, nothing is half done, and no answer is 500',
  { skip, timeout: 600_000 },
  async () => {
    if (!proxy) return
    const { server: api, token } = await withAda({
      COUNTERSIGN_DATABASE_URL: await through('broken'),
      COUNTERSIGN_DATABASE_POOL_SIZE: '1', // so that the requests have one order
      COUNTERSIGN_REVOCATION_NOTIFY: 'off',
    })
    await using counter = await openCounter('broken')
    const { count } = counter
    const connected = () => request(api, 'GET /health/ready') // a new connection has a request of its own
    for (const [name, { given, change, isDone }] of Object.entries(changesOf(api, token, count))) {
      assert.ok((await change(await given())).status < 300) // the first one makes the rows of locks
      const first = await given()
      proxy.takeRequests()
      assert.ok((await change(first)).status < 300)
      const requests: readonly string[] = proxy.takeRequests()
      const commits = requests.flatMap((text, at) => (text === 'commit' ? [at + 1] : []))
      for (const { at, place } of cutsOf(requests.length, commits)) {
        const story = `${name}, ${place} request ${at}: ${requests[at - 1]}`
        const input = await given()
        await connected()
        proxy.cutAt(at, place)
        const answer = await change(input)
        // The lock of a strand that no event was in before takes further requests, so some changes end before the last one.
        if (!proxy.disarm()) assert.ok(answer.status < 300 && at > 10, story)
        if (answer.status >= 300) assertUnavailable(answer, story)
        if (answer.status < 300 || name === 'refresh') assert.ok(await isDone(input, answer), story)
        for (const half of halves) assert.equal(await count(half), 0, `${story}: ${half}`)
      }
    }
    await api.close()
  },
)

function assertUnavailable({ status, code, headers }: ApiResponse, story: string) {
  assert.deepEqual([status, code], [503, 'database_unreachable'], story)
  assert.ok(Number(headers.get('retry-after')) > 0, story)
}

/** Returns where connections break: in the short form at the first and the last requests, at each COMMIT, and at every third. */
function cutsOf(requests: number, commits: readonly number[]) {
  const all = Array.from({ length: requests }, (_, at) => at + 1)
  const near = new Set([1, 2, requests, ...commits.flatMap((at) => [at - 1, at])])
  const some = all.filter((at) => at % 3 === 0 || near.has(at))
  return formOf({ short: some, long: all }).flatMap((at) =>
    (['before', 'after'] as const).map((place) => ({ at, place })),
  )
}

test(
  '[23.24] a connection that listens is opened again wherever it breaks, and what happened meanwhile is read',
  { skip },
  async () => {
    if (!proxy) return
    const url = new Secret(await urlOf('listening'))
    const other = await createStore({ kind: 'postgres', url, poolSize: 1 })
    const user = sessionUser(other)
    for (const place of ['before', 'after', 'later'] as const) {
      const listenUrl = new Secret(await through('listening'))
      const store = await createStore({ kind: 'postgres', url, listenUrl, poolSize: 1 })
      const heard: string[] = []
      if (place !== 'later') proxy.cutAt(1, place) // its only request is `listen`
      await store.onChange(async (change) => void heard.push(change))
      if (place === 'later') proxy.cutAll()
      heard.length = 0
      const { session } = await user.signIn()
      await user.end(session.id, 5) // no connection listens now
      await until(() => heard.includes('any'))
      heard.length = 0
      await user.end((await user.signIn()).session.id, 5)
      await until(() => heard.includes('statuses'))
      assert.ok(proxy.disarm(), place)
      await store.close()
    }
    await other.close()
  },
)

async function until(isTrue: () => boolean): Promise<void> {
  for (let left = 600; !isTrue(); left--) {
    assert.ok(left > 0)
    await setTimeout(10)
  }
}

test(
  '[23.24] a migration whose connection breaks leaves no lock and no half of the tables; the next start migrates',
  { skip, timeout: 300_000 },
  async () => {
    if (!proxy) return
    proxy.takeRequests()
    const migrate = async (name: string) => {
      const url = new Secret(await through(name))
      return (await createStore({ kind: 'postgres', url, poolSize: 1 })).close()
    }
    await migrate('migrated')
    const requests = proxy.takeRequests()
    const lock = requests.findIndex((text) => text.includes('pg_advisory_xact_lock')) + 1
    const commit = requests.indexOf('commit') + 1
    assert.ok(lock > 0 && commit > lock)
    const middle = Math.floor((lock + commit) / 2)
    const some = [lock, middle, commit]
    const all = Array.from({ length: requests.length }, (_, at) => at + 1)
    for (const at of formOf({ short: some, long: all }))
      for (const place of ['before', 'after'] as const) {
        const name = `migrated_${at}_${place}`
        proxy.cutAt(at, place)
        await assert.rejects(migrate(name), { code: 'database_unreachable' }, name)
        assert.ok(proxy.disarm(), name)
        await using counter = await openCounter(name)
        const tables = await counter.count("pg_tables where tablename = 'sessions'")
        if (place === 'before' || at < commit) assert.equal(tables, at > commit ? 1 : 0, name)
        await migrate(name)
      }
  },
)
