import {
  exportPublicJwk,
  importPrivateKey,
  importPublicKey,
  localKeySet,
  type Jwks,
  type KeySource,
  type PrivateJwk,
  type PublicJwk,
  type Signer,
  type SigningKey,
  type VerificationKey,
  type Verifier,
} from '@countersign/token'
import type { Seconds, StatusListSigner } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { decrypt, type KeyEncryptionKeys } from '../kernel/encryption.ts'
import { activeOf, stateOf, type Ring, type StoredSigningKey } from './signing-key.ts'

/** This server as an issuer: what it signs with, what it publishes, and how it checks its own tokens. All follow the ring. */
export interface Issuer {
  readonly url: string
  /** Signs with the key that is active by the clock. */
  readonly signer: Signer
  /** Signs status lists and what feeds tell of them, with the same key. */
  readonly statusSigner: StatusListSigner
  /** Checks with every key that is published. */
  readonly verifier: Verifier
  /** What is published now. */
  published(): Jwks
  /** Learns what others did to the ring. Fails with `decryption_failed` when the key that signs cannot be opened. */
  reload(): Promise<void>
  /** The same, for whoever met an unknown key; but not again within seconds of the last time, and then it says false. */
  catchUp(): Promise<boolean>
}

/** A key of the ring in memory. The private half is there for those that sign now or may sign next. */
interface OpenKey {
  readonly stored: StoredSigningKey
  readonly verification: VerificationKey
  readonly jwk: PublicJwk
  readonly signing: SigningKey | undefined
}

/** The ring in memory: it answers by the clock, from what was stored when it was opened. */
export interface OpenRing extends KeySource {
  readonly keys: readonly OpenKey[]
  /** The key that signs. Fails with `decryption_failed` when it could not be opened. */
  signingKey(): SigningKey
  published(): Jwks
}

/**
 * Opens the keys that are not retired. One that was open before stays the same object, so that tokens it proved stay
 * remembered. A key that stands by and cannot be opened does not stop the others: `unopened` says of which that is true.
 */
export function openRing(
  ring: Ring,
  keyEncryptionKeys: KeyEncryptionKeys,
  { now, before }: { readonly now: () => Seconds; readonly before: OpenRing | undefined },
): OpenRing & { readonly unopened: readonly { readonly id: string; readonly error: unknown }[] } {
  const unopened: { id: string; error: unknown }[] = []
  const signingKey = (key: StoredSigningKey, known: OpenKey | undefined) => {
    if (stateOf(key, now()) === 'retiring') return undefined
    if (known?.signing) return known.signing
    try {
      const text = decrypt(key.sealed, keyEncryptionKeys, key.id)
      return importPrivateKey(JSON.parse(text.reveal()) as PrivateJwk, key.algorithm)
    } catch (error) {
      unopened.push({ id: key.id, error })
      return undefined
    }
  }
  const keys = ring
    .filter((key) => stateOf(key, now()) !== 'retired')
    .map((stored): OpenKey => {
      const known = before?.keys.find((one) => one.stored.id === stored.id)
      const verification =
        known?.verification ?? importPublicKey(stored.publicJwk, stored.algorithm)
      const jwk = known?.jwk ?? exportPublicJwk(verification)
      return { stored, verification, jwk, signing: signingKey(stored, known) }
    })
  return { keys, unopened, ...answers(keys, now) }
}

function answers(
  keys: readonly OpenKey[],
  now: () => Seconds,
): Pick<OpenRing, 'find' | 'signingKey' | 'published'> {
  const ring = keys.map(({ stored }) => stored)
  const byId = new Map(keys.map((key) => [key.stored.id, key]))
  const set = localKeySet(keys.map(({ verification }) => verification))
  const live = ({ stored }: OpenKey) => stateOf(stored, now()) !== 'retired'
  return {
    find(header) {
      const key = byId.get(set.find(header)?.id ?? '')
      return key && live(key) ? key.verification : undefined
    },
    signingKey() {
      const active = byId.get(activeOf(ring, now())?.id ?? '')
      if (!active) throw fail('internal', { facts: { problem: 'no active signing key' } })
      if (active.signing) return active.signing
      throw fail('decryption_failed', { facts: { key: active.stored.id } })
    },
    published: () => ({ keys: keys.filter(live).map(({ jwk }) => jwk) }),
  }
}
