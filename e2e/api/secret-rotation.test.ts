import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Client } from 'pg'
import { testServer, type TestServer } from '@countersign/server/testing'
import { scratch } from '@countersign/testing/files'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { fixedClock } from '@countersign/token/testing'

const postgres = await startPostgres()
const folder = scratch()
after(async () => {
  await postgres?.stop()
  folder[Symbol.dispose]()
})

const overlap = 3600 // seconds
const scopes = ['notes:read']
const audience = 'https://notes.example'

type Body = Readonly<Record<string, unknown>>

async function send(server: TestServer, line: string, body?: Body, token?: string) {
  const [method = '', path = ''] = line.split(' ')
  const isForm = path.startsWith('/oauth/')
  const sent = isForm ? new URLSearchParams(body as Record<string, string>) : JSON.stringify(body)
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': type }),
  }
  const init = { method, headers, ...(body && { body: String(sent) }) }
  const response = await server.fetch(new Request(`http://localhost:5000${path}`, init), {
    address: '203.0.113.7',
  })
  return { status: response.status, body: (await response.json()) as Body }
}

/** Opens two servers on one database, with a service account, and what its programs and administrators do. */
async function openServers(url: string) {
  const clock = fixedClock(1_800_000_000)
  const env = { COUNTERSIGN_DATABASE_URL: url, COUNTERSIGN_KEYS_ENCRYPTION_KEY: 'A'.repeat(43) }
  const servers = [await testServer(env, clock), await testServer(env, clock)] as const
  const [first] = servers
  const user = { username: 'admin', password: 'password' }
  const administer = async (line: string, body?: Body) => {
    const token = String((await send(first, 'POST /login', user)).body['token'])
    const { status, body: answer } = await send(first, line, body, token)
    assert.ok(status < 300, `${line} ${status} ${JSON.stringify(answer)}`)
    return answer
  }
  await administer('POST /admin/resources', { audience, scopes })
  const said = { name: 'reporter', scopes, resources: [audience] }
  const { id, client_secret: secret } = await administer('POST /admin/clients', said)
  const request = (at: number, client_secret: unknown) =>
    send(servers[at % 2] ?? first, 'POST /oauth/token', {
      grant_type: 'client_credentials',
      client_id: id,
      client_secret,
    })
  return {
    clock,
    administer,
    request,
    id: String(id),
    secret: String(secret),
    close: () => Promise.all(servers.map((one) => one.close())),
  }
}

/** Watches a database: each `changed()` returns whether anything was written to it since the last call. */
async function watchWrites(url: string) {
  if (url.startsWith('sqlite:')) {
    const database = new DatabaseSync(url.slice('sqlite:'.length))
    // The counter differs if any other connection has committed a change since.
    const read = () => Number(database.prepare('pragma data_version').get()?.['data_version'])
    let last = read()
    return {
      async changed() {
        const now = read()
        const differs = now !== last
        last = now
        return differs
      },
      close: async () => database.close(),
    }
  }
  const client = new Client({ connectionString: url })
  await client.connect()
  const tables = ['client_secrets', 'clients', 'sessions', 'audit_log', 'limits']
  const read = async () => {
    // xmin is the transaction that wrote a row last.
    const texts = tables.map(
      (one) => `select '${one}' || max(xmin::text::bigint) as at from ${one}`,
    )
    return JSON.stringify((await client.query(texts.join(' union all '))).rows)
  }
  let last = await read()
  return {
    async changed() {
      const now = await read()
      const differs = now !== last
      last = now
      return differs
    },
    close: () => client.end(),
  }
}

for (const [name, locate] of [
  ['SQLite', () => `sqlite:${folder.path}/rotation.db`],
  ['PostgreSQL', async () => postgres?.url('rotation')],
] as const) {
  const skip = name === 'PostgreSQL' && !postgres ? howToGetPostgres : false

  test(
    `a secret is rotated while programs use it, and no request fails; last used is written once a minute: ${name}`,
    { skip },
    async () => {
      const url = String(await locate())
      const { clock, administer, request, id, secret, close } = await openServers(url)
      const held = Array.from({ length: 6 }, () => secret)
      const counts = held.map(() => 0)
      const done = new AbortController()
      const refused: unknown[] = []
      const workers = held.map(async (_, at) => {
        for (let turn = at; !done.signal.aborted; turn++) {
          const { status, body } = await request(turn, held[at])
          if (status !== 200) refused.push(body)
          counts[at] = (counts[at] ?? 0) + 1
          await setImmediate() // a server in this process must get its turn
        }
      })
      const moreOf = async (at: number) => {
        for (const seen = (counts[at] ?? 0) + 2; (counts[at] ?? 0) < seen;) await setImmediate()
      }
      for (const [at] of held.entries()) await moreOf(at)
      const next = await administer(`POST /admin/clients/${id}/secrets`, { overlap })
      for (const [at] of held.entries()) {
        await moreOf(at)
        held[at] = String(next['client_secret'])
        await moreOf(at)
      }
      done.abort()
      await Promise.all(workers)
      assert.deepEqual(refused, [])

      // Before a secret is refused: from then on attempts are counted, each by a write.
      const writes = await watchWrites(url)
      const written: boolean[] = []
      const use = async (times: number) => {
        for (let left = times; left > 0; left--)
          assert.equal((await request(left, held[0])).status, 200)
        written.push(await writes.changed())
      }
      clock.advance(60)
      await use(1) // a minute after the last write
      clock.advance(59)
      await use(20)
      clock.advance(1)
      await use(1)
      assert.deepEqual(written, [true, false, true])
      await writes.close()
      const { clients } = (await administer('GET /admin/clients')) as {
        readonly clients: readonly [
          { readonly secrets: readonly { readonly last_used_at: number }[] },
        ]
      }
      assert.equal(clients[0].secrets[0]?.last_used_at, clock.now())

      clock.advance(overlap - 121)
      assert.equal((await request(0, secret)).status, 200)
      clock.advance(1)
      for (const at of [0, 1]) {
        assert.equal((await request(at, secret)).status, 401)
        assert.equal((await request(at, held[at])).status, 200)
      }
      await close()
    },
  )
}
