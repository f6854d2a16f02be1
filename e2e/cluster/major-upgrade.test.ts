import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { findProgram } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { blockOf, substituted } from '@countersign/testing/guides'
import { loopbackNetwork } from '@countersign/testing/http'
import { startPostgres, type OwnPostgresServer } from '@countersign/testing/postgres'
import { unprivileged } from '@countersign/testing/postgres-process'
import { start } from '@countersign/testing/process'
import { createClusterFiles, passwords } from './cluster-files.fixture.ts'
import { findProofSkip, queryAt, startCluster } from './cluster.fixture.ts'
import { startInstallation } from './installation.fixture.ts'
import { startLoad } from './load.fixture.ts'
import { findPostgres18Skip, placePostgres18 } from './postgres18.fixture.ts'
import { assertNothingLost, outages } from './record.fixture.ts'

const maxOutage = 5 // seconds; longer, and PgBouncer would answer those who wait with an error

/** Returns a block of SQL of the guide. */
const sql = (at: number) => blockOf('growing.md', 'sql', at)

/** Makes the role and the database of a server, and returns what runs statements there as its administrator. */
async function prepare(server: OwnPostgresServer) {
  const url = await server.url('countersign')
  const query = (text: string) => queryAt(url, text)
  await query(`create role countersign login password '${passwords.countersign}'`)
  await query('alter database countersign owner to countersign')
  const own = Object.assign(new URL(url), { username: 'countersign', password: passwords.countersign }) // prettier-ignore
  const until = async (text: string) => {
    for (let left = 3_000; (await query(text)).length === 0; left--) {
      assert.ok(left > 0, `a minute later it returns no row: ${text}`)
      await wait(20)
    }
  }
  return { url, ownUrl: own.href, port: own.port, query, until }
}

test(
  'PostgreSQL 15 is replaced by PostgreSQL 18 by logical replication under load: sessions stay alive, and the numbers of status changes only grow',
  { skip: findProofSkip() || findPostgres18Skip() },
  async (t) => {
    using folder = scratch()
    const place = { folder: folder.path, owner: unprivileged(), network: await loopbackNetwork() }
    const pgbouncer = createClusterFiles(place).pgbouncer()
    await using server15 = await startPostgres({ own: true, settings: ['wal_level=logical'] })
    const programs = placePostgres18(folder.path)
    await using server18 = await startPostgres({ own: true, programs })
    assert.ok(server15 && server18)
    const [old, next] = [await prepare(server15), await prepare(server18)]
    const ini = readFileSync(pgbouncer, 'utf8')
    const pointTo = (port: string) =>
      writeFileSync(pgbouncer, ini.replace(/host=\S+ port=\d+/, `host=127.0.0.1 port=${port}`))
    pointTo(old.port)
    const program = findProgram('pgbouncer') ?? ''
    const options = { ...place.owner, cwd: folder.path, tied: true, ready: /process up/ }
    await using pooler = await start([program, pgbouncer], options)
    const databaseUrl = `postgres://countersign:${passwords.countersign}@${place.network}.1:6432/countersign`
    await using installation = await startInstallation({ ...place, databaseUrl, guards: 4 })
    const load = await startLoad(installation, { held: 24, visitors: 4 })
    await wait(5000)

    const migrated = await installation.command('migrate apply', { COUNTERSIGN_DATABASE_URL: next.ownUrl }) // prettier-ignore
    assert.equal(migrated.code, 0, migrated.output)
    await next.query(sql(1)) // truncate
    await old.query(sql(2)) // create publication
    const address = 'host=10.0.0.11 dbname=countersign user=postgres password=change-me-1'
    await next.query(substituted(sql(3), { [address]: old.url })) // create subscription
    assert.deepEqual(
      await old.query('select from pg_sequences'),
      [],
      'replication does not copy them',
    )
    await next.until(sql(4)) // the tables are copied
    await wait(5000)

    const moment = Date.now() / 1000
    pooler.signal('SIGUSR1') // PAUSE
    await old.until("select where not exists (select from pg_stat_activity where usename = 'countersign')") // prettier-ignore
    await old.until(sql(5)) // the changes have arrived
    const newest = await old.query('select status_list, max(seq) as seq, count(*) from status_changes group by status_list') // prettier-ignore
    pointTo(next.port)
    pooler.signal('SIGHUP') // RELOAD
    pooler.signal('SIGUSR2') // RESUME
    await wait(12_000) // each client refreshes
    await next.query(sql(6)) // drop subscription
    const [seconds = 0] = outages(load, [moment])
    await load.stop()

    t.diagnostic(JSON.stringify({ seconds, failures: load.failures, ...Object.fromEntries(load.statuses) })) // prettier-ignore
    for (const { output } of installation.servers.values())
      for (const line of output()
        .split('\n')
        .filter((one) => one.includes('"level":"error"')))
        t.diagnostic(line)
    await assertNothingLost(load, installation, next.query)
    const [version] = await next.query('show server_version_num')
    assert.match(String(version?.['server_version_num']), /^18/)
    for (const { status_list, seq, count } of newest) {
      const [{ before, after } = {}] = await next.query(`select count(*) filter (where seq <= ${Number(seq)}) as before, count(*) filter (where seq > ${Number(seq)}) as after from status_changes where status_list = ${Number(status_list)}`) // prettier-ignore
      assert.equal(before, count)
      assert.ok(Number(after) > 0)
    }
    assert.ok(seconds < maxOutage, `${seconds} s`)
  },
)

test(
  'Patroni keeps the slots of a major upgrade while its subscription is not connected',
  { skip: findProofSkip() },
  async () => {
    await using cluster = await startCluster()
    const leader = await cluster.primary()
    await cluster.query("select pg_create_logical_replication_slot('upgrade', 'pgoutput')")
    await cluster.restart(leader) // afterwards Patroni looks for slots that are not its own
    await wait(15_000) // three of its loops
    const slots = await cluster.query('select slot_name from pg_replication_slots', leader)
    assert.ok(slots.some((one) => one['slot_name'] === 'upgrade'))
  },
)
