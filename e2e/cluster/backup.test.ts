import assert from 'node:assert/strict'
import { mkdirSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { randomBytes } from 'node:crypto'
import { blockOf } from '@countersign/testing/guides'
import { freePort } from '@countersign/testing/http'
import { findPrograms } from '@countersign/testing/postgres-process'
import { countersign, run, start } from '@countersign/testing/process'
import { findProofSkip, startCluster } from './cluster.fixture.ts'

test(
  'pgBackRest restores what was committed after its backup, from the archive of the cluster',
  { skip: findProofSkip() },
  async () => {
    await using cluster = await startCluster()
    const { folder, owner } = cluster
    const key = {
      COUNTERSIGN_ISSUER_URL: 'http://localhost:8080',
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    }
    const addUser = async (name: string) => {
      const env = { ...key, COUNTERSIGN_DATABASE_URL: await cluster.memberUrl() }
      const input = 'correct horse battery staple'
      const { code, output } = await run([...countersign, 'user', 'add', name], { env, input })
      assert.equal(code, 0, output)
    }
    const leader = await cluster.primary()
    const environment = { PGBACKREST_CONFIG: join(folder, leader, 'pgbackrest.conf') }
    const pgbackrest = async (line: string) => {
      const options = { ...owner, cwd: folder, env: environment }
      const { code, output } = await run(line.split(' '), options)
      assert.equal(code, 0, output)
    }
    await addUser('before')
    for (const line of blockOf('growing.md', 'sh', 4).trim().split('\n')) await pgbackrest(line)
    await pgbackrest('pgbackrest --stanza=countersign backup')
    await addUser('after')
    await cluster.query('select pg_switch_wal()')
    await archived(cluster)

    const data = join(folder, 'restored')
    mkdirSync(data, { mode: 0o700 })
    if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid ?? 0)
    await pgbackrest(`pgbackrest --stanza=countersign --pg1-path=${data} restore`)
    const port = await freePort()
    const settings = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: data,
      archive_mode: 'off',
      synchronous_standby_names: '',
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    await using _restored = await start(
      [join(findPrograms() ?? '', 'postgres'), '-D', data, ...args],
      {
        ...owner,
        cwd: folder,
        env: environment,
        tied: true,
        ready: /database system is ready to accept connections/,
      },
    )
    const url = Object.assign(new URL(cluster.url), { hostname: '127.0.0.1', port: String(port) })
    const env = { ...key, COUNTERSIGN_DATABASE_URL: url.href }
    const { output } = await run([...countersign, 'user', 'list', '--json'], { env })
    for (const name of ['before', 'after'])
      assert.match(output, new RegExp(`"username": ?"${name}"`))
    assert.equal((await run([...countersign, 'audit-log', 'verify'], { env })).code, 0)
  },
)

/** Waits until everything that was committed is in the archive. */
async function archived({ query }: Awaited<ReturnType<typeof startCluster>>): Promise<void> {
  const [last] = await query('select pg_walfile_name(pg_current_wal_lsn() - 1) as name')
  for (;;) {
    const [{ name } = {}] = await query('select last_archived_wal as name from pg_stat_archiver')
    if (typeof name === 'string' && name >= String(last?.['name'])) return
  }
}
