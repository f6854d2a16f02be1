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
  const asked: (string | undefined)[] = []

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
    async verify(hash, password, kinds) {
      asked.push(hash)
      return testHasher.verify(hash, password, kinds)
    },
  }
  const check = (name: string, password: string) =>
    checkPassword({ store, hasher: { ...testHasher, ...watching } }, name, new Secret(password))

  test('the right password is accepted, in every spelling of the name', async () => {
    assert.equal((await check('ADA', 'correct horse battery')).user.name, 'ada')
  })

  test('[H54] every refusal is the same failure after one check', async () => {
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
      assert.equal(asked[0] === undefined, name !== 'ada', 'a disabled user is as an unknown one')
    }
  })

  test('no password fits an unknown user', async () => {
    for (const guess of ['', 'A', 'password', '\0'.repeat(32)])
      assert.equal(await testHasher.verify(undefined, new Secret(guess), []), false)
  })
})
