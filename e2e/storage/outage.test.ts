import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createSession } from '@countersign/client'
import { freePort } from '@countersign/testing/http'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { countersign, start } from '@countersign/testing/process'
import { Client } from 'pg'

const admin = { username: 'admin', password: 'password' }
const grace = 1 // seconds, so that the outage is longer
const expiry = 9_500 // milliseconds after which the client refreshes a token that lives ten seconds

test(
  '[18.11] a client stays signed in over a database that is killed after it committed its refresh, and over a failover that lost one',
  { timeout: 120_000 },
  async (t) => {
    await using database = await startPostgres({ own: true })
    if (!database) return t.skip(howToGetPostgres)
    const databaseUrl = await database.url('outage')
    const port = await freePort()
    const url = `http://localhost:${port}`
    await using _server = await start([...countersign, 'dev'], {
      env: {
        COUNTERSIGN_DATABASE_URL: databaseUrl,
        COUNTERSIGN_HTTP_PORT: String(port),
        COUNTERSIGN_ISSUER_URL: url,
        COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
        COUNTERSIGN_SESSIONS_REFRESH_GRACE: `${grace}s`,
        COUNTERSIGN_TOKENS_LIFETIME: '10s',
      },
    })
    let isLosing = false
    const session = createSession({
      url,
      mode: 'bearer',
      async fetch(input, init) {
        const response = await fetch(input, init)
        if (!isLosing || !response.url.endsWith('/refresh')) return response
        await database.killAndRestart()
        return Response.json({ code: 'database_unreachable' }, { status: 503 })
      },
    })
    t.after(() => session.close())
    const me = async () => (await session.fetch(`${url}/me`)).status
    await session.signIn(admin)
    await wait(expiry)
    isLosing = true
    await assert.rejects(me(), { code: 'database_unreachable' })
    isLosing = false
    await wait((grace + 1) * 1000)
    assert.equal(await me(), 200, 'after the outage')

    await onDatabase(databaseUrl, 'create table standby as select * from sessions')
    await wait(expiry)
    assert.equal(await me(), 200, 'a refresh that the standby does not have')
    await database.killAndRestart()
    await onDatabase(
      databaseUrl,
      'update sessions set secret_hash = s.secret_hash, used = s.used from standby s where s.id = sessions.id',
    )
    await wait(expiry)
    assert.equal(await me(), 200, 'after the failover')
  },
)

async function onDatabase(url: string, statement: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  await client.query(statement)
  await client.end()
}
