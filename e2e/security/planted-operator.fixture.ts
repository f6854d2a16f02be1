import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { namedTopics } from '../../packages/server/src/config/settings.ts'
import {
  parseKeyEncryptionKey,
  decrypt,
} from '../../packages/server/src/domain/kernel/encryption.ts'
import { Secret } from '../../packages/server/src/domain/kernel/secret.ts'
import { createStore } from '../../packages/server/src/store/store.ts'
import { makeCertificate, placeCertificate } from '@countersign/testing/certificates'
import { bearer, newPassword, post, visitor, type Planted } from './planted-secrets.fixture.ts'
import { freePort } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'

const newSecret = () => randomBytes(32).toString('base64')

/** The secrets of an operator in files of their own, and a server's settings. */
export async function operator(folder: string, databaseUrl: string, planted: Planted) {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const secrets = {
    KEYS_ENCRYPTION_KEY: newSecret(),
    KEYS_PREVIOUS_ENCRYPTION_KEYS: newSecret(),
    PASSWORDS_PEPPER: newSecret(),
    PASSWORDS_PREVIOUS_PEPPERS: newSecret(),
    METRICS_TOKEN: newSecret(),
    DATABASE_URL: databaseUrl,
  }
  const declared = namedTopics.flatMap(({ settings }) =>
    settings.filter(({ setting }) => setting.secret).map(({ variable }) => variable),
  )
  const given = Object.keys(secrets).map((name) => `COUNTERSIGN_${name}`)
  assert.deepEqual(given.toSorted(), declared.toSorted(), 'every setting that is a secret')
  const env: Record<string, string> = {
    COUNTERSIGN_ISSUER_URL: `http://localhost:${port}`,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_METRICS_PORT: String(metricsPort),
    COUNTERSIGN_LOG_LEVEL: 'debug',
    COUNTERSIGN_TRACES_SPANS: 'on',
    COUNTERSIGN_LIMITS_ATTEMPTS: '0',
    COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0',
    COUNTERSIGN_USERS_REGISTRATION: 'invitation',
  }
  for (const [name, secret] of Object.entries(secrets)) {
    writeFileSync(`${folder}/${name}`, secret, { mode: 0o600 })
    env[`COUNTERSIGN_${name}_FILE`] = `${folder}/${name}`
    planted.set(name, name === 'DATABASE_URL' ? new URL(secret).password : secret)
  }
  return { port, metricsPort, env, token: secrets.METRICS_TOKEN, key: secrets.KEYS_ENCRYPTION_KEY }
}

/** A private key in PEM, in a file: as a whole, and a line of it that is its own. */
export function plantKey(planted: Planted, name: string, pem: string): string {
  planted.set(name, pem.trim())
  planted.set(`a line of ${name}`, pem.split('\n')[1] ?? '')
  return pem
}

/** A key to sign tokens with at the command line. */
export function ownKey(folder: string, planted: Planted): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  writeFileSync(`${folder}/own.pem`, plantKey(planted, 'a key of one\u2019s own', pem))
  return `${folder}/own.pem`
}

/** What administrators do with secrets in hand: they invite, and give passwords. Answers what was sent and what was refused. */
export async function administer(
  url: string,
  env: Readonly<Record<string, string>>,
  planted: Planted,
) {
  const { ask, tokens, sent, refused } = visitor(url, planted)
  const password = newPassword()
  planted.set('password of an administrator', password)
  const made = await run([...countersign, 'user', 'add', 'root', '--roles', 'admin'], {
    env,
    input: password,
  })
  assert.equal(made.code, 0, made.output)
  const { output } = await run([...countersign, 'user', 'invite'], { env })
  const byHand = /^csin_\S+$/m.exec(output)?.[0] ?? ''
  const { token } = await tokens('administrator', '/login', { username: 'root', password })
  const { headers } = bearer(token)
  const invited = await ask('/admin/invitations', post({ roles: ['editor'] }, headers))
  const overHttp = String((JSON.parse(invited.text) as Record<string, unknown>)['invitation'])
  for (const [name, secret] of Object.entries({ byHand, overHttp })) {
    assert.match(secret, /^csin_[\w-]{43}$/)
    planted.set(`invitation ${name}`, secret)
    planted.set(`invitation ${name}, without its prefix`, secret.slice(5))
  }

  const given = newPassword()
  planted.set('password that an administrator gave', given)
  const person = { username: 'eva', password: given }
  await ask('/register', post({ ...person, invitation: `${overHttp}x` }))
  await ask('/register', post({ ...person, password: 'short', invitation: overHttp }))
  await ask('/register', post({ ...person, invitation: [overHttp] }))
  await ask('/register', post(`{"username":"eva","invitation":"${overHttp}"`))
  await ask(`/register?invitation=${overHttp}`, post({ ...person }))
  await ask(`/sign-up/${overHttp}`)
  await ask(`/admin/invitations/${overHttp}`, { method: 'DELETE', headers })
  await ask('/me', bearer(overHttp))
  const form = String(
    new URLSearchParams({ username: '', new_password: given, email: '', invitation: byHand }),
  )
  const own = {
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
  }
  await ask('/sign-up', { method: 'POST', headers: own, body: form })
  assert.equal(
    (await ask('/register', post({ ...person, invitation: overHttp }))).response.status,
    201,
  )
  await ask('/register', post({ ...person, username: 'eve', invitation: overHttp }))

  const added = await ask('/admin/users', post({ username: 'bob', password: given }, headers))
  const { id } = JSON.parse(added.text) as { readonly id: string }
  await ask('/admin/users', post({ username: 'bob', password: given }, headers))
  await ask(`/admin/users/${id}/password`, post({ password: given, [given]: 1 }, headers))
  const set = await ask(`/admin/users/${id}/password`, post({ password: given }, headers))
  assert.equal(set.response.status, 200)
  return { sent, refused }
}

/** What a server has made for itself, and what a database keeps of passwords. */
export async function plantStored(url: string, key: string, planted: Planted): Promise<void> {
  const current = parseKeyEncryptionKey(new Secret(key))
  assert.ok(current)
  const store = await createStore({ kind: 'postgres', url: new Secret(url), poolSize: 1 })
  const sealed = [
    await store.signingKeys.listEncrypted(),
    await store.encryptedSecrets.listEncrypted(),
  ]
  await store.close()
  for (const { context, sealed: text } of sealed.flat()) {
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

/** A server with a certificate of its own, which is renewed in vain; answers what it printed. */
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
  let told = ''
  const failures = () => server.output().split('cannot be used').length
  for (const text of [key, `${pair.key.slice(0, -40)}\n${key}`]) {
    const before = failures()
    writeFileSync(files.key, text)
    told += (await run([...countersign, 'doctor'], { env })).output
    told += (await run([...countersign, 'serve'], { env })).output
    for (let left = 3000; left > 0 && failures() === before; left--) await setTimeout(20)
  }
  assert.match(server.output(), /the new certificate cannot be used/)
  await server.stop()
  return told + server.output()
}
