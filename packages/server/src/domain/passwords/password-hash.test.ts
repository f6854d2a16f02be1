import assert from 'node:assert/strict'
import { argon2Sync, randomBytes } from 'node:crypto'
import { after, suite, test } from 'node:test'
import { createPasswordHasher, type HasherOptions } from '../../platform/crypto/password-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { createStore } from '../../store/store.ts'
import { Secret } from '../kernel/secret.ts'
import { addSampleUser } from '../registration/register-user.ts'
import { checkPassword } from './check-password.ts'
import { dummyHash, hashParamsOf, withPepperId, needsRehash } from './password-hash.ts'

const hashParams = { memoryKiB: 100, passes: 2, parallelism: 1, pepperId: 'AAAAAAAA' }
const hashBy = (change: Partial<typeof hashParams> | { pepperId: null }) =>
  dummyHash({ ...hashParams, ...change })

test('a hash states its parameters, and one of another algorithm states none', () => {
  for (const change of [{}, { pepperId: null }, { memoryKiB: 19_456, passes: 10, parallelism: 4 }])
    assert.deepEqual(hashParamsOf(hashBy(change)), { ...hashParams, ...change })
  const encoded = `${'A'.repeat(22)}$${'A'.repeat(43)}`
  for (const other of [
    '',
    `$2b$12$${'.'.repeat(53)}`,
    `$argon2i$v=19$m=100,t=2,p=1$${encoded}`,
    `$argon2id$v=16$m=100,t=2,p=1$${encoded}`,
    '$argon2id$v=16$m=100,t=2,p=1$AAAA$AAAA',
    '$argon2id$m=100,t=2,p=1$AAAA$AAAA',
  ])
    assert.equal(hashParamsOf(other), undefined, other)
})

test('a hash is renewed when it is weaker, under another pepper or of another kind, and not otherwise', () => {
  const rows = [
    [hashBy({}), false],
    [hashBy({ memoryKiB: 99 }), true],
    [hashBy({ memoryKiB: 101 }), false],
    [hashBy({ passes: 1 }), true],
    [hashBy({ passes: 3 }), false],
    [hashBy({ memoryKiB: 99, passes: 9 }), true],
    [hashBy({ parallelism: 2 }), true],
    [hashBy({ pepperId: null }), true],
    [hashBy({ pepperId: 'BBBBBBBB' }), true],
    ['$2b$12$abcdefghijklmnopqrstuv', true],
  ] as const
  for (const [hash, due] of rows) assert.equal(needsRehash(hash, hashParams), due, hash)
  const bare = { ...hashParams, pepperId: null }
  assert.equal(needsRehash(hashBy({}), bare), true, 'a pepper can be given up')
  assert.equal(needsRehash(hashBy({ pepperId: null }), bare), false)
})

suite('a pepper', () => {
  const cheap = { memoryKiB: 8, passes: 1 }
  const pepper = () => new Secret(randomBytes(32).toString('base64'))
  const [old, current] = [pepper(), pepper()]
  const password = new Secret('correct horse battery')
  const hashers: { close(): Promise<void> }[] = []
  const hasherOf = (options: HasherOptions) => {
    const hasher = createPasswordHasher({ ...cheap, ...options })
    hashers.push(hasher)
    return hasher
  }
  after(() => Promise.all(hashers.map((one) => one.close())))

  test('is needed to check a hash under it, and is not in the hash', async () => {
    const hasher = hasherOf({ pepper: current })
    const hash = await hasher.hash(password)
    assert.equal(await hasher.verify(hash, password, []), true)
    assert.equal(await hasher.verify(hash, new Secret('another'), []), false)
    const bare = hash.replace(/,keyid=[^$]+/, '')
    assert.notEqual(bare, hash)
    assert.equal(await hasher.verify(bare, password, []), false)
    await assert.rejects(hasherOf({}).verify(hash, password, []), { code: 'pepper_missing' })
    await assert.rejects(hasherOf({ pepper: old }).verify(hash, password, []), {
      code: 'pepper_missing',
    })
    const id = hashParamsOf(hash)?.pepperId
    const mixed = await hasherOf({ pepper: old }).hash(password)
    const swapped = mixed.replace(/keyid=[^$]+/, `keyid=${id}`)
    assert.equal(await hasher.verify(swapped, password, []), false)
    const text = current.reveal()
    for (const part of [
      text.slice(0, 12),
      Buffer.from(text, 'base64').toString('hex').slice(0, 12),
    ])
      assert.ok(!hash.includes(part))
  })

  test('is the secret value of Argon2 itself, as other programs know it', async () => {
    const hash = await hasherOf({ pepper: current }).hash(password)
    const [salt = '', digest] = hash.split('$').slice(4)
    const computed = argon2Sync('argon2id', {
      message: password.reveal(),
      nonce: Buffer.from(salt, 'base64'),
      secret: Buffer.from(current.reveal(), 'base64'),
      memory: 8,
      passes: 1,
      parallelism: 1,
      tagLength: 32,
    })
    assert.equal(computed.toString('base64').replace(/=+$/, ''), digest)
  })

  test('is added, replaced and removed while users go on signing in', async () => {
    const store = await createStore({ kind: 'sqlite', file: ':memory:' })
    after(() => store.close())
    const ports = {
      store,
      clock: { now: () => 1 },
      random: systemRandom,
      root: testRoot,
      hasher: hasherOf({}),
    }
    await addSampleUser(ports, 'ada', password, { roles: [], unless: async () => false })
    const idAfter = async (options: HasherOptions) => {
      const hasher = hasherOf(options)
      const { hash } = await checkPassword({ store, hasher }, 'ada', password)
      await checkPassword({ store, hasher }, 'ada', password)
      const stored = (await store.users.findByName('ada'))?.hash
      assert.equal(stored, hash, 'what was proved is what is stored')
      assert.equal(hashParamsOf(hash)?.pepperId, hasher.hashParams.pepperId)
      return hasher.hashParams.pepperId
    }
    assert.equal(await idAfter({}), null)
    const ids = [
      await idAfter({ pepper: old }),
      await idAfter({ pepper: current, previousPeppers: [old] }),
      await idAfter({ previousPeppers: [old, current] }),
    ]
    assert.equal(new Set(ids).size, 3)
    assert.equal(ids[2], null)
  })

  test('makes an unknown user cost what a known one costs', async () => {
    const hasher = hasherOf({ pepper: current, memoryKiB: 64, passes: 3, parallelism: 2 })
    const real = hashParamsOf(await hasher.hash(password))
    assert.deepEqual(hashParamsOf(dummyHash(hasher.hashParams)), real)
    assert.deepEqual(real, { ...hasher.hashParams, memoryKiB: 64, passes: 3, parallelism: 2 })
    assert.equal(await hasher.verify(dummyHash(hasher.hashParams), password, []), false)
  })

  test('has an id that fits into a hash and is not the pepper', () => {
    const { pepperId } = hasherOf({ pepper: current }).hashParams
    assert.match(pepperId ?? '', /^[\w+/]{8}$/)
    assert.ok(!current.reveal().includes(pepperId ?? ''))
    assert.equal(
      withPepperId('$argon2id$v=19$m=8,t=1,p=1$a$b', null),
      '$argon2id$v=19$m=8,t=1,p=1$a$b',
    )
  })
})
