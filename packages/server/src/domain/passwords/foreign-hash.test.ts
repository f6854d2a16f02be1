import assert from 'node:assert/strict'
import { argon2Sync, pbkdf2Sync, scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { array, assert as check, constantFrom, property } from 'fast-check'
import { isCountersignError } from '@countersign/token'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { Secret } from '../kernel/secret.ts'
import { parseFirebaseHash, parseForeignHash, parseKeycloakHash } from './foreign-hash.ts'
import { dummyOf, kindOf, commonPartOf } from './hash-kinds.ts'
import { dummyHash } from './password-hash.ts'

// The hashes that Python's libraries make are tested in e2e/interop/imported-hashes.test.ts.

const fits = (hash: string, password: string) => testHasher.verify(hash, new Secret(password), [])

test('a hash of Firebase is checked with the parameters of its project', async () => {
  // The published example of github.com/firebase/scrypt.
  const project = {
    signerKey:
      'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
    saltSeparator: 'Bw==',
    rounds: 8,
    memoryCost: 14,
  }
  const digest =
    'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=='
  const hash = parseFirebaseHash(project, '42xEC+ixf3L2lw==', digest)
  assert.equal(await fits(hash, 'user1password'), true)
  assert.equal(await fits(hash, 'user2password'), false)
  assert.throws(() => parseFirebaseHash({ ...project, memoryCost: 30 }, 'AAAA', digest), {
    code: 'hash_excessive',
  })
})

test('hashes of Keycloak are checked, by PBKDF2 and by Argon2', async () => {
  const salt = Buffer.from('0123456789abcdef')
  const base = { salt: salt.toString('base64'), parameters: {} }
  for (const [algorithm, digest, length] of [
    ['pbkdf2', 'sha1', 64],
    ['pbkdf2-sha256', 'sha256', 64],
    ['pbkdf2-sha512', 'sha512', 64],
  ] as const) {
    const value = pbkdf2Sync('secret', salt, 1000, length, digest).toString('base64')
    const hash = parseKeycloakHash({ ...base, algorithm, iterations: 1000, value })
    assert.equal(await fits(hash, 'secret'), true, algorithm)
    assert.equal(await fits(hash, 'other'), false, algorithm)
  }
  const cost = { memory: 64, passes: 2, parallelism: 1, tagLength: 32 }
  const value = argon2Sync('argon2id', { message: 'secret', nonce: salt, ...cost }).toString(
    'base64',
  )
  const parameters = {
    type: 'id',
    version: '1.3',
    memory: '64',
    parallelism: '1',
    hashLength: '32',
  }
  const hash = parseKeycloakHash({ ...base, algorithm: 'argon2', iterations: 2, parameters, value })
  assert.equal(await fits(hash, 'secret'), true)
  assert.throws(() => parseKeycloakHash({ ...base, algorithm: 'md5', iterations: 1, value }), {
    code: 'hash_unsupported',
  })
})

test('a hash of better-auth is of the NFKC form of the password; others are of what was typed', async () => {
  const salt = '0123456789abcdef0123456789abcdef'
  const cost = { N: 16384, r: 16, p: 1, maxmem: 2 ** 26 }
  const digest = scryptSync('fin Å', salt, 64, cost).toString('hex')
  const hash = parseForeignHash(`${salt}:${digest}`)
  assert.equal(await fits(hash, '\ufb01n \u212b'), true, 'a ligature, and the sign of a unit')
  const typed = scryptSync('e\u0301', salt, 64, { N: 1024, r: 8, p: 1 }).toString('hex')
  const werkzeug = parseForeignHash(`scrypt:1024:8:1$${salt}$${typed}`)
  assert.equal(await fits(werkzeug, 'e\u0301'), true)
  assert.equal(await fits(werkzeug, '\u00e9'), false)
})

const digest = 'ab'.repeat(32)
const base64 = Buffer.from(digest, 'hex').toString('base64')
const phc = base64.replace(/=+$/, '')

test('[24.2] a hash whose check would take too long or too much memory is refused, as are weak and unknown formats', () => {
  for (const bomb of [
    `scrypt:${2 ** 30}:8:1$salt$${digest}`,
    `scrypt:${2 ** 18}:16:1$salt$${digest}`,
    `scrypt:16384:8:1000000000$salt$${digest}`,
    `pbkdf2:sha256:1000000000$salt$${digest}`,
    `pbkdf2_sha256$1000000000$salt$${base64}`,
    `$pbkdf2-sha512$i=1000000000$${phc}$${phc}`,
    `$scrypt$ln=1000,r=8,p=1$${phc}$${phc}`,
    `$argon2id$v=19$m=4194304,t=1,p=1$${phc}$${phc}`,
    `$argon2id$v=19$m=65536,t=1000000000,p=1$${phc}$${phc}`,
    `$argon2i$v=19$m=65536,t=1,p=4096$${phc}$${phc}`,
    `$2b$31$${'a'.repeat(53)}`,
    `bcrypt_sha256$$2b$20$${'a'.repeat(53)}`,
  ])
    assert.throws(() => parseForeignHash(bomb), { code: 'hash_excessive' }, bomb)
  for (const other of [
    '',
    '!',
    'secret',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    `md5$salt$${'a'.repeat(32)}`,
    `sha256$salt$${digest}`,
    `scrypt:1000:8:1$salt$${digest}`,
    `scrypt:0:8:1$salt$${digest}`,
    `pbkdf2:sha256:0$salt$${digest}`,
    'pbkdf2:sha256:1000$salt$abcd',
    `pbkdf2:md5:1000$salt$${digest}`,
    `$argon2id$v=19$m=64,t=1,p=1$AAAA$${phc}`,
    `$argon2id$v=19$m=64,t=0,p=1$${phc}$${phc}`,
    `$argon2id$v=20$m=64,t=1,p=1$${phc}$${phc}`,
    `$2b$03$${'a'.repeat(53)}`,
    `$2x$12$${'a'.repeat(53)}`,
    '$2b$12$short',
  ])
    assert.throws(() => parseForeignHash(other), { code: 'hash_unsupported' }, other)
})

test('a text is refused, or is stored in one spelling, with a kind that costs the same', () => {
  const parts = [
    '$',
    ':',
    ',',
    'scrypt',
    'pbkdf2',
    '-sha256',
    '_sha256',
    ':sha1',
    'argon2id',
    'argon2',
    '2b',
    'bcrypt',
  ]
  const values = [
    'v=19',
    'm=64',
    't=1',
    'p=1',
    'ln=4',
    'r=8',
    'i=10',
    '1024',
    '8',
    '1',
    '10',
    phc,
    digest,
    'salt',
    base64,
  ]
  check(
    property(array(constantFrom(...parts, ...values), { maxLength: 14 }), (words) => {
      try {
        const stored = parseForeignHash(words.join(''))
        assert.equal(parseForeignHash(stored), stored)
        assert.equal(kindOf(kindOf(stored) ?? ''), kindOf(stored))
        assert.equal(kindOf(dummyOf(stored) ?? ''), kindOf(stored))
      } catch (error) {
        assert.ok(isCountersignError(error), String(error))
      }
    }),
    { numRuns: 5000 },
  )
})

test('hashes with the same parameters are of one kind, whatever salt, digest and pepper', () => {
  const kinds = new Set(
    ['abcdefgh', 'abcdefghijklmnop'].map((salt) =>
      kindOf(parseForeignHash(`scrypt:1024:8:1$${salt}$${digest}`)),
    ),
  )
  assert.equal(kinds.size, 1)
  const random = Array.from(
    { length: 100_000 },
    (_, at) => `pbkdf2:sha256:${29_000 + at}$s$${digest}`,
  )
  assert.ok(new Set(random.map((one) => kindOf(parseForeignHash(one)))).size < 20)
  const own = { memoryKiB: 8, passes: 1, parallelism: 1 }
  assert.equal(
    kindOf(dummyHash({ ...own, pepperId: 'AAAAAAAA' })),
    kindOf(dummyHash({ ...own, pepperId: null })),
  )
  assert.equal(kindOf('no hash'), undefined)
  const project = { signerKey: 'AAAA', saltSeparator: 'Bw==', rounds: 8, memoryCost: 14 }
  for (const text of [
    parseFirebaseHash(project, 'c2FsdA==', base64),
    parseForeignHash(`bcrypt_sha256$$2b$12$${'.'.repeat(53)}`),
    parseForeignHash(`$2y$12$${'.'.repeat(53)}`),
    parseForeignHash(`pbkdf2:sha256:1000$salt$${digest}`),
    dummyHash({ ...own, pepperId: null }),
  ]) {
    const part = commonPartOf(kindOf(text) ?? '')
    assert.ok(text.startsWith(part) && /[$,=]$/.test(part) && /\d/.test(part), part)
  }
})
