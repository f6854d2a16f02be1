// A failover to a real standby: the address of the database, as a name or a proxy would be, leads to one server after another.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort, get, post } from '@countersign/testing/http'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { countersign, run, start } from '@countersign/testing/process'

/** An address that leads new connections to the port of a URL, which can be changed. */
async function movingAddress(first: string) {
  let target = first
  const server = createServer((from) => {
    const to = connect(Number(new URL(target).port), '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const)
      one.on('error', () => other.destroy()).pipe(other)
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const url = new URL(first)
  url.port = String((server.address() as AddressInfo).port)
  return { url: url.href, moveTo: (next: string) => void (target = next) }
}

/** Returns how many connections of servers a database has. */
async function connectionsOf(url: string): Promise<number> {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query(
    "select count(*)::int as n from pg_stat_activity where application_name = 'countersign' and datname = current_database()",
  )
  await client.end()
  return Number(rows[0].n)
}

const ada = { username: 'ada', password: 'correct horse battery' }

test(
  '[18.22] a server follows a failover to a standby: not ready on the demoted primary, which it leaves for the new one',
  { timeout: 120_000 },
  async (t) => {
    await using primary = await startPostgres({ own: true })
    if (!primary) return t.skip(howToGetPostgres)
    const old = await primary.url('auth')
    const address = await movingAddress(old)
    const port = await freePort()
    const env = {
      COUNTERSIGN_DATABASE_URL: address.url,
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_ISSUER_URL: `http://localhost:${port}`,
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    }
    await using _server = await start([...countersign, 'serve'], { env })
    await using standby = await primary.standby()
    const added = await run([...countersign, 'user', 'add', 'ada'], { env, input: ada.password })
    assert.equal(added.code, 0, added.output)
    const readiness = async (wanted: number) => {
      for (let left = 400; left > 0; left--) {
        const { status, body } = await get(`http://localhost:${port}/health/ready`)
        if (status === wanted) return body
        await wait(25)
      }
      return assert.fail(`never ${wanted}`)
    }
    await readiness(200)

    await primary.switchTo(standby) // the address still leads to the demoted one
    while ((await readiness(503))['code'] !== 'database_unusable') await wait(25) // at first it is starting
    assert.equal((await get(`http://localhost:${port}/health/live`)).status, 200)
    assert.equal((await post(`http://localhost:${port}/login`, ada)).status, 503)
    const doctor = await run([...countersign, 'doctor'], { env })
    assert.match(doctor.output, /fail +writes +read-only: it is a standby/)
    const elsewhere = { ...env, COUNTERSIGN_HTTP_PORT: String(await freePort()) }
    await using second = await start([...countersign, 'serve'], { env: elsewhere })
    assert.match(second.output(), /"level":"warn".*read-only: a standby.*"msg":"not ready: /)
    await second.stop()

    address.moveTo(await standby.url('auth')) // connections to the demoted one stay open
    await readiness(200)
    const login = await post(`http://localhost:${port}/login`, ada)
    assert.equal(login.status, 200, JSON.stringify(login.body))
    for (let left = 1_200; (await connectionsOf(old)) > 0 && left > 0; left--) await wait(25)
    assert.equal(await connectionsOf(old), 0)
  },
)
