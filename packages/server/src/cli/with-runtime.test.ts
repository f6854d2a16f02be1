import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { openShell, productionEnv } from './transcript.fixture.ts'

const env = productionEnv({ COUNTERSIGN_DATABASE_URL: 'sqlite:data/mistyped.db' })

test('only `user add` and `migrate apply` create a missing database', async () => {
  using shell = openShell()
  const lines = [
    'user list',
    'user show ada',
    'user invite',
    'user disable ada --yes',
    'session list ada',
    'key list',
    'key reencrypt',
    'key reset --yes',
    'audit-log list',
    'audit-log checkpoint',
    'audit-log forget 1 --yes',
    'token verify',
  ]
  await Promise.all(
    lines.map(async (line) => {
      const printed = await shell.run(`echo a.b.c | countersign ${line}`, env)
      assert.match(
        printed,
        /the file \S+\/data\/mistyped\.db does not exist;.* \(database_missing\)\n\[exit 78\]/,
        line,
      )
    }),
  )
  assert.deepEqual(readdirSync(shell.folder), ['countersign'])
  await shell.plays(
    `
    $ touch empty.db
    $ countersign user list
    error The database does not exist: the database of database.url has no tables of Countersign; … (database_missing)
    [exit 78]
    $ echo correct horse battery | countersign user add ada
    Added the user ada (u_…)
    $ countersign user list --json | grep -c ada
    1
  `,
    { ...env, COUNTERSIGN_DATABASE_URL: 'sqlite:empty.db' },
  )
  await shell.plays(
    `
    $ countersign migrate apply | tail -1
    Ran … migrations
    $ countersign user list
    No users
  `,
    env,
  )
})
