import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { minHashParams } from '../domain/passwords/password-hash.ts'
import { loadConfig } from './load.ts'
import { assertSafe } from './safety.ts'

const secret = () => randomBytes(32).toString('base64')
const load = (env: Readonly<Record<string, string>>) =>
  loadConfig({
    mode: 'production',
    env: {
      COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: secret(),
      ...env,
    },
  })

test('passwords are hashed at the minimum cost by default', () => {
  const { hashMemory, hashPasses, hashParallelism, minLength } = load({}).passwords
  const { memoryKiB, passes, parallelism } = minHashParams
  assert.deepEqual([hashMemory, hashPasses, hashParallelism], [memoryKiB, passes, parallelism])
  assert.equal(minLength, 15)
  const more = load({ COUNTERSIGN_PASSWORDS_HASH_MEMORY: '65536' }).passwords
  assert.equal(more.hashMemory, 65_536)
})

test('peppers are secrets: a current one and any number of previous ones', () => {
  const [one, two, three] = [secret(), secret(), randomBytes(64).toString('base64url')]
  const { passwords } = load({
    COUNTERSIGN_PASSWORDS_PEPPER: one,
    COUNTERSIGN_PASSWORDS_PREVIOUS_PEPPERS: `${two}, ${three}\n`,
  })
  assert.equal(passwords.pepper?.reveal(), one)
  assert.deepEqual(
    passwords.previousPeppers?.map((pepper) => pepper.reveal()),
    [two, three],
  )
  const shown = inspect(passwords, { depth: 9 }) + JSON.stringify(passwords)
  for (const text of [one, two, three]) assert.ok(!shown.includes(text))
  assert.equal(load({}).passwords.pepper, undefined)
})

test('[18.25] a short key is called short, and not a sample', () => {
  for (const bytes of [1, 8, 11]) {
    const key = randomBytes(bytes).toString('base64')
    assert.doesNotThrow(() => assertSafe(load({ COUNTERSIGN_KEYS_ENCRYPTION_KEY: key }))) // its length is checked where it is used
  }
  const repeated = Buffer.alloc(32, 'ab').toString('base64')
  const safe = () => assertSafe(load({ COUNTERSIGN_KEYS_ENCRYPTION_KEY: repeated }))
  assert.throws(safe, { code: 'secret_sample' })
})

test('a pepper that is short, not base64 or a sample is refused, and not shown', () => {
  const short = randomBytes(31).toString('base64')
  for (const [text, code] of [
    [short, 'setting_invalid'],
    ['x', 'setting_invalid'],
    [`${secret()}!`, 'setting_invalid'],
    [Buffer.alloc(32, 7).toString('base64'), 'secret_sample'],
    [Buffer.from('my-secret-pepper-my-secret-pepper').toString('base64'), 'secret_sample'],
  ] as const) {
    const safe = () => assertSafe(load({ COUNTERSIGN_PASSWORDS_PEPPER: text }))
    assert.throws(safe, (error: Error & { readonly code: string }) => {
      assert.ok(text.length < 9 || !inspect(error, { depth: 9 }).includes(text))
      return error.code === code
    })
  }
  const list = { COUNTERSIGN_PASSWORDS_PREVIOUS_PEPPERS: `${secret()},${short}` }
  assert.throws(() => load(list), { code: 'setting_invalid' })
})
