import { generateKey, exportPublicJwk } from '@countersign/token'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ensureSigningKey } from '../domain/keys/ensure-signing-key.ts'
import { parseKeyEncryptionKey } from '../domain/keys/seal.ts'
import type { StoredSigningKey } from '../domain/keys/signing-key.ts'
import { Secret } from '../domain/secret.ts'
import type { Store } from '../domain/store.ts'
import type { User } from '../domain/users/user.ts'
import { systemRandom } from '../ports/random.ts'

const userOf = (id: string, name = id): User => ({ id, name, createdAt: 1, disabledAt: null })
const kek = parseKeyEncryptionKey(new Secret(systemRandom.bytes(32).toString('base64')))!

function keyOf(change: Partial<StoredSigningKey> = {}): StoredSigningKey {
  const key = generateKey('ES256')
  const times = { createdAt: 1, activatedAt: 1, retiredAt: null }
  return {
    id: key.id,
    algorithm: 'ES256',
    publicJwk: exportPublicJwk(key),
    sealed: 'x',
    ...times,
    ...change,
  }
}

/** What every store must do. `open` opens one more handle, each with a connection of its own, on the same empty database. */
export function storeContract(name: string, open: (database: string) => Promise<Store>): void {
  suite(`the store contract: ${name}`, () => {
    let store: Store
    before(async () => {
      store = await open('story')
    })
    after(() => store.close())

    test('a user is found by id and by folded name, and only then shows a hash', async () => {
      assert.ok(await store.users.add({ ...userOf('u1', 'Ada'), disabledAt: 7 }, 'ada', 'hash'))
      assert.deepEqual(await store.users.find('u1'), {
        id: 'u1',
        name: 'Ada',
        createdAt: 1,
        disabledAt: 7,
      })
      assert.equal((await store.users.findByName('ada'))?.hash, 'hash')
      assert.equal(await store.users.findByName('Ada'), undefined)
      assert.equal(await store.users.find('nobody'), undefined)
    })

    test('a name that is taken is a verdict, not an error, and changes nothing', async () => {
      assert.ok(await store.users.add(userOf('u2'), 'grace', 'one'))
      assert.equal(await store.users.add(userOf('u3'), 'grace', 'two'), false)
      assert.equal((await store.users.findByName('grace'))?.hash, 'one')
    })

    test('a transaction that throws leaves nothing behind; one that answers leaves everything', async () => {
      const bug = new Error('a bug')
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.users.add(userOf('u4'), 'u4', 'x')
          throw bug
        }),
        bug,
      )
      assert.equal(await store.users.find('u4'), undefined)
      assert.equal(
        await store.transaction(async (tx) => tx.users.add(userOf('u5'), 'u5', 'x')),
        true,
      )
      assert.ok(await store.users.find('u5'))
    })

    test('the outer store refuses to be used inside a transaction, instead of waiting for itself', async () => {
      await assert.rejects(
        store.transaction(async () => store.users.find('u1')),
        /use tx/,
      )
      assert.ok(await store.users.find('u1'), 'and works again afterwards')
    })

    test('of many adds of one name at once, one wins', async () => {
      const handles = await Promise.all(Array.from({ length: 4 }, () => open('names')))
      await Promise.all(handles.map((handle) => handle.ping())) // every connection is warm before the race
      const adds = Array.from({ length: 40 }, (_, at) =>
        handles[at % 4]!.users.add(userOf(`n${at}`), 'one', 'x'),
      )
      assert.equal((await Promise.all(adds)).filter(Boolean).length, 1)
      await Promise.all(handles.map((handle) => handle.close()))
    })

    test('transactions take turns: a look and a write in one are not split by another', async () => {
      const handles = await Promise.all(Array.from({ length: 4 }, () => open('turns')))
      await Promise.all(handles.map((handle) => handle.ping()))
      const lookThenWrite = (handle: Store, at: number) =>
        handle.transaction(async (tx) => {
          if (await tx.signingKeys.findActive()) return 'there'
          await tx.signingKeys.add(keyOf({ id: `k${at}` }))
          return 'made'
        })
      const verdicts = await Promise.all(
        Array.from({ length: 24 }, (_, at) => lookThenWrite(handles[at % 4]!, at)),
      )
      assert.equal(verdicts.filter((verdict) => verdict === 'made').length, 1)
      await Promise.all(handles.map((handle) => handle.close()))
    })

    test('however many start at once, one first key is made', async () => {
      const handles = await Promise.all(Array.from({ length: 8 }, () => open('keys')))
      await Promise.all(handles.map((handle) => handle.ping()))
      const clock = { now: () => 1 }
      await Promise.all(
        handles.map((handle) =>
          ensureSigningKey({ store: handle, clock, random: systemRandom }, 'ES256', kek),
        ),
      )
      assert.equal((await handles[0]!.signingKeys.list()).length, 1)
      await Promise.all(handles.map((handle) => handle.close()))
    })

    test('the database itself refuses a second active key, should the lock ever fail', async () => {
      await store.signingKeys.add(keyOf())
      await assert.rejects(store.signingKeys.add(keyOf()), { code: 'database_unusable' })
      await store.signingKeys.add(keyOf({ activatedAt: null }))
      await store.signingKeys.add(keyOf({ retiredAt: 2 }))
      assert.equal((await store.signingKeys.list()).length, 2, 'a retired key is published no more')
    })

    test('a store that was closed fails and does not hang', async () => {
      const closed = await open('closed')
      await closed.close()
      await assert.rejects(closed.ping())
    })
  })
}
