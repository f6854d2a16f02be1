import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '../domain/kernel/secret.ts'
import { developmentKey } from './crypto/key-file.ts'
import { createLog } from './observability/log.ts'
import { createPasswordHasher } from './crypto/password-hasher.ts'
import { systemRandom } from './crypto/random.ts'

test('a full queue refuses instead of growing, and those that wait are still served', async () => {
  const hasher = createPasswordHasher()
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, () => hasher.hash(new Secret('x'))),
  )
  const refused = results.filter((result) => result.status === 'rejected')
  assert.ok(refused.length > 0 && refused.length < 200)
  for (const { reason } of refused) assert.equal((reason as { code: string }).code, 'busy')
  assert.equal(await hasher.verify(await hasher.hash(new Secret('y')), new Secret('y'), []), true)
  await hasher.close()
})

test('a hash that is no hash is an error, not a yes', async () => {
  const hasher = createPasswordHasher({ memoryKiB: 8, passes: 1 })
  await assert.rejects(hasher.verify('', new Secret('x'), []))
  await assert.rejects(hasher.verify('plain text', new Secret('plain text'), []))
  await hasher.close()
})

test('the development key is made once, is the owner\u2019s alone, and leaves no draft behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const path = join(folder, 'deep', 'key')
  const first = developmentKey(path, systemRandom)
  assert.equal(developmentKey(path, systemRandom).reveal(), first.reveal())
  assert.equal(Buffer.from(first.reveal(), 'base64').length, 32)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(folder, 'deep')), ['key'])
  rmSync(folder, { recursive: true })
})

test('the log strikes out every value with the name of a secret', () => {
  let written = ''
  const log = createLog({ level: 'info', readable: false }, { write: (line) => (written += line) })
  const secret = 'canary-9c1e'
  log.info({ password: secret, user: { token: secret }, headers: { authorization: secret } }, 'x')
  log.warn({ request: { headers: { cookie: secret } }, key: new Secret(secret) }, 'y')
  log.error({ error: Object.assign(new Error('z'), { secret: new Secret(secret) }) }, 'z')
  assert.ok(!written.includes(secret), written)
  assert.equal(written.split('[secret]').length - 1, 6)
})

test('the log strikes out every text with the form of a secret, in the middle of another one too', () => {
  const written: string[] = []
  const secrets = [
    `eyJhbGciOiJFUzI1NiJ9.${'canary'.repeat(9)}.${'canary'.repeat(9)}`,
    `csrt_${'canary'.repeat(9)}`,
    `csin_${'canary'.repeat(7)}`,
    `-----BEGIN EC PRIVATE KEY-----\n${'canary'.repeat(9)}\n${'canary'.repeat(9)}==\n-----END EC PRIVATE KEY-----\n`,
    'postgres://ada:canary@db.example.com/auth',
  ]
  for (const readable of [false, true]) {
    const log = createLog({ level: 'info', readable }, { write: (line) => written.push(line) })
    for (const secret of secrets) {
      log.info({ note: `it was ${secret}, twice: "${secret}"` }, `with ${secret} in it`)
      log.error({ error: new Error('x', { cause: new Error(secret) }) }, 'y')
    }
  }
  assert.equal(written.length, secrets.length * 4)
  for (const line of written) {
    assert.doesNotMatch(line, /canary/)
    if (line.startsWith('{')) JSON.parse(line)
  }
  assert.match(written.join(''), /postgres:\/\/ada:\[secret\]@db\.example\.com/)
  const log = createLog({ level: 'info', readable: false }, { write: (line) => written.push(line) })
  const honest =
    'at https://auth.example.com:8443/x: user s_3kXwQ9 of 10:30@noon, csrt_, csin_ and eyJ'
  log.info({}, honest)
  assert.ok(written.at(-1)?.includes(honest))
})
