import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { namedTopics, providerSettings } from '../../packages/server/src/config/settings.ts'
import {
  parseKeyEncryptionKey,
  decrypt,
} from '../../packages/server/src/domain/kernel/encryption.ts'
import { Secret } from '../../packages/server/src/domain/kernel/secret.ts'
import { createStore } from '../../packages/server/src/store/store.ts'
import { makeCertificate, placeCertificate } from '@countersign/testing/certificates'
import {
  bearer,
  newPassword,
  post,
  recordingClient,
  type Planted,
} from './planted-secrets.fixture.ts'
import { freePort } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'

const newSecret = () => randomBytes(32).toString('base64')

/** Plants an operator's secrets in files, and returns the settings of a server that uses them. */
export async function operator(folder: string, databaseUrl: string, planted: Planted) {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const secrets = {
    KEYS_ENCRYPTION_KEY: newSecret(),
    KEYS_PREVIOUS_ENCRYPTION_KEYS: newSecret(),
    PASSWORDS_PEPPER: newSecret(),
    PASSWORDS_PREVIOUS_PEPPERS: newSecret(),
    METRICS_TOKEN: newSecret(),
    MAIL_PASSWORD: newSecret(),
    FEDERATION_WORK_CLIENT_SECRET: newSecret(),
    TOKENS_LEGACY_SECRET: newSecret(),
    DATABASE_URL: databaseUrl,
    DATABASE_READ_URL: databaseUrl,
    DATABASE_LISTEN_URL: databaseUrl,
  }
  const all = [...namedTopics.flatMap(({ settings }) => settings), ...providerSettings('work')]
  const declared = all.filter(({ setting }) => setting.secret).map(({ variable }) => variable)
  const given = Object.keys(secrets).map((name) => `COUNTERSIGN_${name}`)
  assert.deepEqual(given.toSorted(), declared.toSorted(), 'every secret setting is planted')
  const env: Record<string, string> = {
    COUNTERSIGN_ISSUER_URL: `http://localhost:${port}`,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_METRICS_PORT: String(metricsPort),
    COUNTERSIGN_LOG_LEVEL: 'debug',
    COUNTERSIGN_TRACES_SPANS: 'on',
    COUNTERSIGN_LIMITS_ATTEMPTS: '0',
    COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0',
    COUNTERSIGN_USERS_REGISTRATION: 'invitation',
    COUNTERSIGN_TOKENS_LEGACY_UNTIL: new Date(Date.now() + 30 * 86_400_000)
      .toISOString()
      .slice(0, 10),
    COUNTERSIGN_MAIL_HOST: 'localhost',
    COUNTERSIGN_FEDERATION_WORK_ISSUER: 'https://localhost:1',
    COUNTERSIGN_FEDERATION_WORK_CLIENT_ID: 'countersign',
    COUNTERSIGN_MAIL_USER: 'mailer',
    COUNTERSIGN_MAIL_FROM: 'auth@example.com',
  }
  for (const [name, secret] of Object.entries(secrets)) {
    writeFileSync(`${folder}/${name}`, secret, { mode: 0o600 })
    env[`COUNTERSIGN_${name}_FILE`] = `${folder}/${name}`
    planted.set(name, name.startsWith('DATABASE_') ? new URL(secret).password : secret)
  }
  return { port, metricsPort, env, token: secrets.METRICS_TOKEN, key: secrets.KEYS_ENCRYPTION_KEY }
}

/** Plants a private key in PEM: the whole text, and its first line of data. */
export function plantKey(planted: Planted, name: string, pem: string): string {
  planted.set(name, pem.trim())
  planted.set(`a line of ${name}`, pem.split('\n')[1] ?? '')
  return pem
}

/** Creates a key file for signing tokens at the command line. */
export function ownKey(folder: string, planted: Planted): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  writeFileSync(`${folder}/own.pem`, plantKey(planted, 'the developer\u2019s own key', pem))
  return `${folder}/own.pem`
}

/** Sends the requests of an administrator that carry secrets: invitations and new passwords. */
export async function administer(
  url: string,
  env: Readonly<Record<string, string>>,
  planted: Planted,
) {
  const { send, tokens, sent, refused } = recordingClient(url, planted)
  const password = newPassword()
  planted.set('password of an administrator', password)
  const made = await run([...countersign, 'user', 'add', 'root', '--roles', 'admin'], {
    env,
    input: password,
  })
  assert.equal(made.code, 0, made.output)
  const { output } = await run([...countersign, 'user', 'invite'], { env })
  const fromCommand = /^csin_\S+$/m.exec(output)?.[0] ?? ''
  const { token } = await tokens('administrator', '/login', { username: 'root', password })
  const { headers } = bearer(token)
  const invited = await send('/admin/invitations', post({ roles: ['editor'] }, headers))
  const overHttp = String((JSON.parse(invited.text) as Record<string, unknown>)['invitation'])
  for (const [name, secret] of Object.entries({ fromCommand, overHttp })) {
    assert.match(secret, /^csin_[\w-]{43}$/)
    planted.set(`invitation ${name}`, secret)
    planted.set(`invitation ${name}, without its prefix`, secret.slice(5))
  }

  const given = newPassword()
  planted.set('password that an administrator set', given)
  const person = { username: 'eva', password: given }
  await send('/register', post({ ...person, invitation: `${overHttp}x` }))
  await send('/register', post({ ...person, password: 'short', invitation: overHttp }))
  await send('/register', post({ ...person, invitation: [overHttp] }))
  await send('/register', post(`{"username":"eva","invitation":"${overHttp}"`))
  await send(`/register?invitation=${overHttp}`, post({ ...person }))
  await send(`/sign-up/${overHttp}`)
  await send(`/admin/invitations/${overHttp}`, { method: 'DELETE', headers })
  await send('/me', bearer(overHttp))
  const form = String(
    new URLSearchParams({ username: '', new_password: given, email: '', invitation: fromCommand }),
  )
  const own = {
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
  }
  await send('/sign-up', { method: 'POST', headers: own, body: form })
  assert.equal(
    (await send('/register', post({ ...person, invitation: overHttp }))).response.status,
    201,
  )
  await send('/register', post({ ...person, username: 'eve', invitation: overHttp }))

  const added = await send('/admin/users', post({ username: 'bob', password: given }, headers))
  const { id } = JSON.parse(added.text) as { readonly id: string }
  await send('/admin/users', post({ username: 'bob', password: given }, headers))
  await send(`/admin/users/${id}/password`, post({ password: given, [given]: 1 }, headers))
  const set = await send(`/admin/users/${id}/password`, post({ password: given }, headers))
  assert.equal(set.response.status, 200)
  return { sent, refused }
}

/** Plants the keys and secrets that a server has generated, and the password hashes of its database. */
export async function plantStored(url: string, key: string, planted: Planted): Promise<void> {
  const current = parseKeyEncryptionKey(new Secret(key))
  assert.ok(current)
  const store = await createStore({ kind: 'postgres', url: new Secret(url), poolSize: 1 })
  const encrypted = [
    await store.signingKeys.listEncrypted(),
    await store.encryptedSecrets.listEncrypted(),
  ]
  await store.close()
  for (const { context, encrypted: text } of encrypted.flat()) {
    const opened = decrypt(text, { current, others: [] }, context).reveal()
    planted.set(context, opened)
    const [, d] = /"d":"([\w-]+)"/.exec(opened) ?? []
    if (d) planted.set(`${context}, its private member`, d)
  }
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query<{ name: string; hash: string }>(
    'select name, password_hash as hash from users',
  )
  await client.end()
  for (const { name, hash } of rows) planted.set(`hash of ${name}\u2019s password`, hash)
  assert.ok(planted.size > 30 && rows.length >= 4)
}

/** Runs a server with TLS whose certificate is replaced by unusable ones, and returns everything that it and the commands print. */
export async function overTls(folder: string, planted: Planted): Promise<string> {
  const port = await freePort()
  const files = placeCertificate(folder, await makeCertificate())
  const { key } = await makeCertificate()
  const pair = await makeCertificate()
  plantKey(planted, 'the key of the certificate', pair.key)
  plantKey(planted, 'the key of another certificate', key)
  placeCertificate(folder, pair)
  const env = {
    COUNTERSIGN_ISSUER_URL: `https://localhost:${port}`,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder}/tls.db`,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: newSecret(),
    COUNTERSIGN_LOG_LEVEL: 'debug',
    COUNTERSIGN_TLS_CERTIFICATE_FILE: files.certificate,
    COUNTERSIGN_TLS_KEY_FILE: files.key,
  }
  planted.set('key-encryption key of another server', env.COUNTERSIGN_KEYS_ENCRYPTION_KEY)
  await using server = await start([...countersign, 'serve'], { env })
  await new Promise((resolve, reject) => {
    const options = { host: 'localhost', port, path: '/health/ready', rejectUnauthorized: false }
    request(options, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
  let printed = ''
  const failures = () => server.output().split('cannot be used').length
  for (const text of [key, `${pair.key.slice(0, -40)}\n${key}`]) {
    const before = failures()
    writeFileSync(files.key, text)
    printed += (await run([...countersign, 'doctor'], { env })).output
    printed += (await run([...countersign, 'serve'], { env })).output
    for (let left = 3000; left > 0 && failures() === before; left--) await setTimeout(20)
  }
  assert.match(server.output(), /the new certificate cannot be used/)
  await server.stop()
  return printed + server.output()
}
