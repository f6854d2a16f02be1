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
    $ countersign serve --database-migrations expect
    error The tables of the database are not up to date, and database.migrations says to leave them: 0001-initial, …; run \`countersign migrate apply\` (migrations_pending)
    [exit 78]
    $ countersign migrate plan
    -- 0001-initial
    create table "users" …;
    …
    $ countersign migrate apply
    0001-initial
    …
    Ran … migrations
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
    Ran … migrations
    $ countersign doctor --json | grep -c '"verdict": "fail"'
    0
    [exit 1]
  `,
    sick,
  )
})

test('a settings file that everybody can read is wrong only where it holds a secret', async () => {
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

test('a key that opens nothing, a pepper that is gone and the sample user are found before a server meets them', async () => {
  using shell = openShell()
  const pepper = randomBytes(32).toString('base64')
  const peppered = { ...env, COUNTERSIGN_PASSWORDS_PEPPER: pepper }
  await shell.plays(
    '$ echo correct horse battery | countersign user add ada\nAdded the user ada …',
    peppered,
  )
  await shell.plays(
    `
    $ countersign doctor | grep -E ' (sealed|sample user|peppers) '
    ok    sealed … all 1 open
    ok    sample user …
    fail  peppers … not given … passwords.previous_peppers…
    $ COUNTERSIGN_KEYS_ENCRYPTION_KEY=${randomBytes(32).toString('base64')} countersign doctor
    …
    fail  sealed … 1 of 1 cannot be opened. …
    …
    [exit 3]
    $ COUNTERSIGN_KEYS_ENCRYPTION_KEY=${randomBytes(20).toString('base64')} countersign doctor | grep sealed
    fail  sealed … keys.encryption_key must be 32 …
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
  assert.match(found, /^fail +sample user +the user admin has the password/)
})

const day = 86_400 // seconds

/** An issuer whose clock is so many seconds wrong. */
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

test('a clock that is wrong, a certificate that ends, a key that signs for too long and a weak secret are seen', async () => {
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
  await shell.plays('$ countersign migrate apply | tail -1\nDid \u2026 migrations', sick)
  const database = new DatabaseSync(join(shell.folder, 'auth.db'))
  const began = Math.floor(Date.now() / 1000) - 92 * day
  database.exec(
    `insert into signing_keys values ('k', 'ES256', '{}', '', ${began}, ${began}, null, null)`,
  )
  database.close()
  await shell.plays(
    `
    $ countersign doctor
    check … found … what to do
    ok    settings … nothing unsafe
    ok    files … tls.pem 640
    ok    files … auth.db 600
    ok    migrations … all … done
    ok    durability … journal_mode = wal, synchronous = 2
    fail  signing keys … ES256, signs since 92 days; no next one; 0 retiring … the rotation is stuck: …
    …
    ok    proxy … none; this server ends TLS itself
    warn  certificate … good for 4 days … renew it…
    fail  issuer … http://localhost:… answers; its clock: … s ahead of … let both machines follow …
    …
    2 wrong, … to look at
    [exit 3]
    $ COUNTERSIGN_KEYS_ENCRYPTION_KEY=change-me countersign doctor | grep settings
    fail  settings … A secret is a sample …
  `,
    sick,
  )
})
