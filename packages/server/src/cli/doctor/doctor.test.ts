import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { makeCertificate } from '@countersign/testing/certificates'
import { testServer } from '../../testing.ts'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const env = productionEnv()

test('migrations are listed, planned and applied', async () => {
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
    $ countersign serve --database-migrations expect
    error Migrations are pending, and database.migrations is \`expect\`: 0001-initial, …; run \`countersign migrate apply\` (migrations_pending)
    [exit 78]
    $ countersign migrate plan
    -- 0001-initial
    create table "users" (
    "id" text primary key,
    …
    $ countersign migrate apply
    0001-initial
    …
    Ran … migrations
    $ countersign migrate plan
    -- No migration is pending
    $ countersign user list --database-migrations expect
    No users
  `,
    env,
  )
})

test('doctor says what is wrong, and what to do', async () => {
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
    ok    settings … safe
    fail  files …key 644 … run …chmod 600 key…: other users of this machine can read or change it
    warn  migrations … the database file does not exist yet … a server makes it when it starts; …
    …
    warn  proxy … proxy.addresses…
    …
    warn  issuer … https://localhost:1 does not answer to this machine: … start a server, …
    …
    … password hash … ms for a password on this machine…
    …
    warn  log … error … refusals are logged at …
    …
    1 failed, … with warnings
    [exit 3]
    $ ulimit -n 300 && countersign doctor | grep 'open files'
    warn  open files … limit 300; 10250 needed for … raise the limit of open files …
    $ chmod 600 key
    $ countersign migrate apply | tail -1
    Ran … migrations
    $ countersign doctor --json | grep -c '"verdict": "fail"'
    0
    [exit 1]
  `,
    sick,
  )
})

test('a world-readable settings file fails only if it holds a secret', async () => {
  using shell = openShell()
  const { COUNTERSIGN_KEYS_ENCRYPTION_KEY: secret, COUNTERSIGN_ISSUER_URL: url } = env
  const open = '[database]\nurl = "sqlite:auth.db"\n'
  const mode = 0o644
  writeFileSync(join(shell.folder, 'open.toml'), open, { mode })
  writeFileSync(join(shell.folder, 'key.toml'), `${open}[keys]\nencryption_key = "${secret}"\n`, {
    mode,
  })
  await shell.plays(
    `
    $ COUNTERSIGN_KEYS_ENCRYPTION_KEY=${secret} countersign doctor --config open.toml | grep -c toml
    0
    [exit 1]
    $ countersign doctor --config key.toml | grep toml
    fail  files … key.toml 644 …
  `,
    { COUNTERSIGN_ISSUER_URL: url },
  )
})

test('doctor finds a wrong encryption key, a missing pepper and the sample user before a server starts', async () => {
  using shell = openShell()
  const pepper = randomBytes(32).toString('base64')
  const peppered = { ...env, COUNTERSIGN_PASSWORDS_PEPPER: pepper }
  await shell.plays(
    '$ echo correct horse battery | countersign user add ada\nAdded the user ada …',
    peppered,
  )
  await shell.plays(
    `
    $ countersign doctor | grep -E ' (encryption|sample user|peppers) '
    ok    encryption … all 1 values can be decrypted
    ok    sample user …
    fail  peppers … not in the settings … passwords.previous_peppers…
    $ COUNTERSIGN_KEYS_ENCRYPTION_KEY=${randomBytes(32).toString('base64')} countersign doctor
    …
    fail  encryption … 1 of 1 cannot be decrypted. …
    …
    [exit 3]
    $ COUNTERSIGN_KEYS_ENCRYPTION_KEY=${randomBytes(20).toString('base64')} countersign doctor | grep ' encryption '
    fail  encryption … keys.encryption_key must be 32 …
    $ COUNTERSIGN_PASSWORDS_PREVIOUS_PEPPERS=${pepper} countersign doctor | grep peppers
    ok    peppers …
  `,
    env,
  )
  const development = {
    ...env,
    COUNTERSIGN_DATABASE_URL: `sqlite:${join(shell.folder, 'auth.db')}`,
  }
  await (await testServer(development)).close()
  const found = await shell.run('countersign doctor | grep "sample user"', env)
  assert.match(found, /^fail +sample user +the user admin has the sample password/)
})

test('[18.7] doctor and verify find a signing key that an intruder wrote into the database', async () => {
  using shell = openShell()
  const file = join(shell.folder, 'auth.db')
  await (await testServer({ ...env, COUNTERSIGN_DATABASE_URL: `sqlite:${file}` })).close()
  await shell.plays(
    `
    $ countersign doctor | grep 'key ring'
    ok    key ring … as the audit log has it
    $ countersign audit-log verify
    Audit log intact: …
  `,
    env,
  )
  const intruder = new DatabaseSync(file)
  intruder.exec(
    "insert into signing_keys values ('forged', 'ES256', '{}', '', 1, 1, 2000000000, null, 'AAAA')",
  )
  intruder.close()
  await shell.plays(
    `
    $ countersign doctor | grep 'key ring'
    fail  key ring … the signing key forged was written or changed by another program … find out who can write …
    $ countersign audit-log verify
    error …the signing key forged was written or changed by another program; find out … (key_ring_differs)
    [exit 3]
  `,
    env,
  )
})

const day = 86_400 // seconds

/** An issuer whose clock is ahead by some seconds. */
async function issuerAt(ahead: number) {
  const server = createServer((_, response) => {
    const { port } = server.address() as AddressInfo
    response.setHeader('date', new Date(Date.now() + ahead * 1000).toUTCString())
    response.end(JSON.stringify({ issuer: `http://localhost:${port}` }))
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://localhost:${port}`, [Symbol.dispose]: () => server.close() }
}

test('doctor finds a wrong clock, an expiring certificate, an overdue rotation and a weak secret', async () => {
  using shell = openShell()
  using issuer = await issuerAt(60)
  const { cert, key } = await makeCertificate({ until: 4.5 })
  writeFileSync(join(shell.folder, 'cert.pem'), cert)
  writeFileSync(join(shell.folder, 'tls.pem'), key, { mode: 0o640 })
  const sick = {
    ...env,
    COUNTERSIGN_ISSUER_URL: issuer.url,
    COUNTERSIGN_TLS_CERTIFICATE_FILE: 'cert.pem',
    COUNTERSIGN_TLS_KEY_FILE: 'tls.pem',
  }
  await shell.plays('$ countersign migrate apply | tail -1\nRan \u2026 migrations', sick)
  const database = new DatabaseSync(join(shell.folder, 'auth.db'))
  const began = Math.floor(Date.now() / 1000) - 92 * day
  database.exec(
    `insert into signing_keys values ('k', 'ES256', '{}', '', ${began}, ${began}, null, null, null)`,
  )
  database.close()
  await shell.plays(
    `
    $ countersign doctor
    check … found … what to do
    ok    settings … safe
    ok    files … tls.pem 640
    ok    files … auth.db 600
    ok    migrations … all … done
    ok    writes … the database can be written
    ok    durability … journal_mode = wal, synchronous = 2
    fail  signing keys … ES256: active for 92 days; no next one; 0 retiring … rotation does not work: …
    …
    ok    proxy … none; this server terminates TLS
    warn  certificate … valid for 4 days … renew it…
    fail  issuer … http://localhost:… answers; its clock: … s ahead of … synchronize both clocks …
    …
    2 failed, … with warnings
    [exit 3]
    $ COUNTERSIGN_KEYS_ENCRYPTION_KEY=change-me countersign doctor | grep settings
    fail  settings … A secret is a well-known sample…
  `,
    sick,
  )
})
