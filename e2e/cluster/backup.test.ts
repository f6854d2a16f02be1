import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import { blockOf, substituted } from '@countersign/testing/guides'
import { freePort } from '@countersign/testing/http'
import { findPrograms } from '@countersign/testing/postgres-process'
import { countersign, run, start } from '@countersign/testing/process'
import { members } from './cluster-files.fixture.ts'
import { findProofSkip, startCluster } from './cluster.fixture.ts'

test(
  'pgBackRest restores what was committed after its backup, from the archive of the cluster',
  { skip: findProofSkip() },
  async () => {
    await using cluster = await startCluster()
    const { folder, owner, network } = cluster
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
    const runLine = async (line: string) => {
      const options = { ...owner, cwd: folder, env: environment }
      const { code, output } = await run(['sh', '-c', line], options)
      assert.equal(code, 0, output)
    }
    await addUser('before')
    for (const line of linesOf(blockOf('growing.md', 'sh', 4))) await runLine(line)
    const own = { '10.0.0.11': `${network}.${members[leader]}` }
    const timer = linesOf(substituted(blockOf('growing.md', 'text', 1), own)).slice(1)
    for (const line of timer) await runLine(line.replace(/^.* postgres /, ''))
    await addUser('after')
    await cluster.query('select pg_switch_wal()')
    await archived(cluster)

    const port = String(await freePort())
    const restored = {
      '/var/lib/postgresql/15/restored': join(folder, 'restored'),
      '/usr/lib/postgresql/15/bin': findPrograms() ?? '',
      'port=5434': `port=${port}`,
      'listen_addresses=10.0.0.11': 'listen_addresses=127.0.0.1',
    }
    const [make = '', restore = '', serve = ''] = linesOf(
      substituted(blockOf('growing.md', 'sh', 5), restored),
    )
    await runLine(make)
    await runLine(restore)
    await using _restored = await start(['sh', '-c', `exec ${serve}`], {
      ...owner,
      cwd: folder,
      env: environment,
      tied: true,
      ready: /database system is ready to accept connections/,
    })
    const url = Object.assign(new URL(cluster.url), { hostname: '127.0.0.1', port })
    const env = { ...key, COUNTERSIGN_DATABASE_URL: url.href }
    const { output } = await run([...countersign, 'user', 'list', '--json'], { env })
    for (const name of ['before', 'after'])
      assert.match(output, new RegExp(`"username": ?"${name}"`))
    assert.equal((await run([...countersign, 'audit-log', 'verify'], { env })).code, 0)
  },
)

const linesOf = (block: string) => block.trim().split('\n')

/** Waits until everything that was committed is in the archive. */
async function archived({ query }: Awaited<ReturnType<typeof startCluster>>): Promise<void> {
  const [last] = await query('select pg_walfile_name(pg_current_wal_lsn() - 1) as name')
  for (let left = 600; ; left--) {
    const [{ name } = {}] = await query('select last_archived_wal as name from pg_stat_archiver')
    if (typeof name === 'string' && name >= String(last?.['name'])) return
    assert.ok(left > 0, 'a minute later it is not archived')
    await wait(100)
  }
}
