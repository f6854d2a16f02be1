import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newKeyEncryptionKeys, ringRuntime } from '../../store/contracts/keys.fixture.ts'
import { createStore } from '../../store/store.ts'
import { openRootSecret, rootSecretName } from '../kernel/root-secret.ts'
import type { Store } from '../store.ts'
import { replaceRootSecret } from './replace-lost-keys.ts'

suite('of two commands that replace a root secret at once, the later one is refused', () => {
  for (const wasDeleted of [false, true])
    test(wasDeleted ? 'that was deleted' : 'whose key is lost', async (t) => {
      const store = await createStore({ kind: 'sqlite', file: ':memory:' })
      t.after(() => store.close())
      const deps = { ...ringRuntime(store, 1), store }
      if (!wasDeleted) await openRootSecret({ ...deps, keyEncryptionKeys: newKeyEncryptionKeys() })
      const before = await store.encryptedSecrets.find(rootSecretName)
      await replaceRootSecret(deps)
      const entries = await store.auditLog.newest(9)
      const transaction: Store['transaction'] = (work) =>
        store.transaction((tx) => {
          const encryptedSecrets = { ...tx.encryptedSecrets, find: async () => before }
          return work({ ...tx, encryptedSecrets }) // it has read before the other one wrote
        })
      const late = { ...deps, store: { ...store, transaction } }
      await assert.rejects(replaceRootSecret(late), { code: 'key_not_lost' })
      assert.deepEqual(await store.auditLog.newest(9), entries)
    })
})
