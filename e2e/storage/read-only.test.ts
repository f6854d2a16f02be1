import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { freePort, get } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'
import { Client } from 'pg'

test(
  '[18.22] while the database is read-only a server is not ready, doctor says why; the database is used again once it can be written',
  { timeout: 120_000 },
  async (t) => {
    await using database = await startPostgres()
    if (!database) return t.skip(howToGetPostgres)
    const port = await freePort()
    const url = await database.url('failover')
    const env = {
      COUNTERSIGN_DATABASE_URL: url,
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_ISSUER_URL: `http://localhost:${port}`,
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    }
    const client = new Client(url)
    await client.connect()
    client.on('error', () => {}) // its server may stop first
    t.after(() => client.end().catch(() => {}))
    const name = client.escapeIdentifier(new URL(url).pathname.slice(1))
    await using _server = await start([...countersign, 'serve'], { env })
    const readiness = async (wanted: number) => {
      for (let left = 200; left > 0; left--) {
        const { status, body } = await get(`http://localhost:${port}/health/ready`)
        if (status === wanted) return body
        await wait(50)
      }
      return assert.fail(`never ${wanted}`)
    }
    await readiness(200)
    await client.query(`alter database ${name} set default_transaction_read_only = on`)
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign' and datname = current_database()",
    )
    while ((await readiness(503))['code'] !== 'database_unusable') await wait(50) // until its connections that were cut are replaced
    assert.equal((await get(`http://localhost:${port}/health/live`)).status, 200)
    const doctor = await run([...countersign, 'doctor'], { env })
    assert.equal(doctor.code, 3)
    assert.match(doctor.output, /fail +writes +read-only: default_transaction_read_only is on/)
    await client.query(`alter database ${name} reset all`)
    await readiness(200)
  },
)

test(
  '[18.22] a server that must write at its start says that the database is read-only',
  { timeout: 120_000 },
  async (t) => {
    await using database = await startPostgres()
    if (!database) return t.skip(howToGetPostgres)
    const url = `${await database.url('empty')}?options=-c%20default_transaction_read_only%3Don`
    const { code, output } = await run([...countersign, 'serve'], {
      env: {
        COUNTERSIGN_DATABASE_URL: url,
        COUNTERSIGN_ISSUER_URL: 'http://localhost:8080',
        COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
    })
    assert.equal(code, 1, output)
    assert.match(output, /The database cannot be used: it is read-only/)
  },
)
