import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { rootSecret } from '../kernel/root-secret.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { createStore } from '../../store/store.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { Secret } from '../kernel/secret.ts'
import type { Store } from '../store.ts'
import { addSampleUser } from '../registration/register-user.ts'
import { newUser } from '../users/user.ts'
import { checkPassword } from './check-password.ts'

const root = rootSecret(new Secret(Buffer.alloc(32, 'root').toString('base64')))

suite('a wrong user and a wrong password cannot be told apart', () => {
  let store: Store
  const asked: string[] = []

  before(async () => {
    store = await createStore({ kind: 'sqlite', file: ':memory:' })
    const ports = { store, clock: { now: () => 1 }, random: systemRandom, root, hasher: testHasher }
    await addSampleUser(ports, 'ada', new Secret('correct horse battery'), {
      roles: [],
      unless: async () => false,
    })
    const gone = { ...newUser('u2', 'gone', 1), disabledAt: 2 }
    await store.users.add(gone, 'gone', await testHasher.hash(new Secret('correct horse battery')))
  })
  after(async () => {
    await store.close()
  })

  const watching: Pick<PasswordHasher, 'verify'> = {
    async verify(hash, password) {
      asked.push(hash)
      return testHasher.verify(hash, password)
    },
  }
  const check = (name: string, password: string) =>
    checkPassword({ store, hasher: { ...testHasher, ...watching } }, name, new Secret(password))

  test('the right password is accepted, in every spelling of the name', async () => {
    assert.equal((await check('ADA', 'correct horse battery')).user.name, 'ada')
  })

  test('[H54] every refusal is the same failure after one hash of the same cost', async () => {
    const costs = new Set<string>()
    for (const [name, password] of [
      ['ada', 'wrong'],
      ['nobody', 'correct horse battery'],
      ['gone', 'correct horse battery'],
      ['', ''],
    ] as const) {
      asked.length = 0
      await assert.rejects(check(name, password), {
        code: 'credentials_wrong',
        message: 'Invalid credentials',
      })
      assert.equal(asked.length, 1)
      costs.add(asked[0]?.split('$').slice(1, 4).join('$') ?? '')
    }
    assert.deepEqual([...costs], ['argon2id$v=19$m=8,t=1,p=1'])
  })

  test('no password matches the dummy hash of unknown users', async () => {
    asked.length = 0
    await assert.rejects(check('nobody', 'x'))
    for (const guess of ['', 'A', 'password', '\0'.repeat(32)]) {
      assert.equal(await testHasher.verify(asked[0] ?? '', new Secret(guess)), false)
    }
  })
})
