import { exportPublicJwk, generateKey } from '@countersign/token'
import type { KeyRingDeps } from '../../domain/keys/change-key-ring.ts'
import type { KeyPolicy } from '../../domain/keys/plan-rotation.ts'
import { parseKeyEncryptionKey, type KeyEncryptionKeys } from '../../domain/kernel/encryption.ts'
import type { Log } from '../../domain/kernel/ports.ts'
import { bindKey, type BoundKey } from '../../domain/keys/key-mac.ts'
import { readKeyRing } from '../../domain/keys/read-key-ring.ts'
import type { KeyRing, StoredSigningKey } from '../../domain/keys/signing-key.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Store } from '../../domain/store.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import type { Policies } from '../../runtime.ts'
import { policies, testRoot } from './policies.fixture.ts'

/** A day, in seconds. */
export const day = 86_400

/** A random key-encryption key, and others that may decrypt. */
export function newKeyEncryptionKeys(...others: readonly KeyEncryptionKeys[]): KeyEncryptionKeys {
  const secret = new Secret(systemRandom.bytes(32).toString('base64'))
  return { current: parseKeyEncryptionKey(secret)!, others: others.map(({ current }) => current) }
}

const nothing = () => undefined

/** A log that drops everything. */
export const quiet: Log = { info: nothing, warn: nothing, error: nothing }
const keyEncryptionKeys = newKeyEncryptionKeys()

/** Returns the dependencies of the operations on signing keys, at a time of the test's choice. */
export function ringRuntime(
  store: Store,
  now: number,
  change: Partial<KeyPolicy> = {},
): KeyRingDeps & { readonly store: Store; readonly policies: Policies } {
  return {
    store: { ...store, untilServersKnow: async () => {} }, // most tests have no other servers
    clock: { now: () => now },
    random: systemRandom,
    root: testRoot,
    log: quiet,
    keyEncryptionKeys,
    policies: { ...policies, keys: { ...policies.keys, ...change } },
  }
}

/** The key ring of a store under the root secret of the tests. */
export async function ringOf(store: Store): Promise<KeyRing> {
  return (await readKeyRing({ store, root: testRoot })).ring
}

/** A key with the MAC of the tests' root secret, to be written without any operation. */
export const boundKeyOf = (change: Partial<StoredSigningKey> = {}): BoundKey =>
  bindKey(testRoot, keyOf(change))

/** A key that no operation made. */
export function keyOf(change: Partial<StoredSigningKey> = {}): StoredSigningKey {
  const key = generateKey('ES256')
  return {
    id: key.id,
    algorithm: 'ES256',
    publicJwk: exportPublicJwk(key),
    encrypted: 'x',
    createdAt: 1,
    activatedAt: 1,
    retiredAt: null,
    revokedAt: null,
    ...change,
  }
}
