import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShell } from '../transcript.fixture.ts'

const env = {
  COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
  COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  COUNTERSIGN_DATABASE_URL: 'sqlite:auth.db',
}

test('migrations are looked at, planned and applied', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ countersign migrate status
    migration … state
    0001-initial … pending
    …
    [exit 3]
    $ test -e auth.db
    [exit 1]
    $ countersign user list --database-migrations expect
    error The tables of the database are not up to date, and database.migrations says to leave them: 0001-initial, …; run \`countersign migrate apply\` (migrations_pending)
    [exit 1]
    $ countersign migrate plan
    -- 0001-initial
    create table "users" …;
    …
    $ countersign migrate apply
    0001-initial
    …
    Did … migrations
    $ countersign migrate plan
    -- Nothing is pending
    $ countersign user list --database-migrations expect
    No users
  `,
    env,
  )
})

test('the doctor says what is wrong, and what to do', async () => {
  using shell = openShell()
  const key = { COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: 'key' }
  const { COUNTERSIGN_KEYS_ENCRYPTION_KEY: secret, ...rest } = env
  writeFileSync(join(shell.folder, 'key'), secret, { mode: 0o644 })
  const sick = {
    ...rest,
    ...key,
    COUNTERSIGN_ISSUER_URL: 'https://localhost:1',
    COUNTERSIGN_LOG_LEVEL: 'error',
  }
  await shell.plays(
    `
    $ countersign doctor
    check … found … what to do
    ok    settings … nothing unsafe
    fail  files …key 644 … chmod 600 key: others on this machine can read or change it
    warn  migrations … there is no database file yet … the first server that starts makes it; …
    …
    warn  proxy … proxy.addresses…
    …
    warn  issuer … https://localhost:1 does not answer from here …
    …
    … password hash … ms for a password on this machine…
    …
    warn  log … error … refusals are told at …
    …
    1 wrong, … to look at
    [exit 3]
    $ ulimit -n 300 && countersign doctor | grep 'open files'
    warn  open files … 300 at most here; 10250 for … raise what the server may open …
    $ chmod 600 key && countersign migrate apply | tail -1
    Did … migrations
    $ countersign doctor --json | grep -c '"verdict": "fail"'
    0
    [exit 1]
  `,
    sick,
  )
})
