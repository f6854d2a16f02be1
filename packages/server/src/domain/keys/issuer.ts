import {
  exportPublicJwk,
  importPrivateKey,
  importPublicKey,
  localKeySet,
  type Jwks,
  type KeySource,
  type PrivateJwk,
  type PublicJwk,
  type SigningKey,
  type VerificationKey,
  type Verifier,
} from '@countersign/token'
import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { decrypt, type KeyEncryptionKeys } from '../kernel/encryption.ts'
import type { TokenIssuer } from '../kernel/ports.ts'
import { signingKeysOf, stateOf, type KeyRing, type StoredSigningKey } from './signing-key.ts'

/** This server as an issuer: it signs, publishes its keys, and verifies its own tokens. All of it follows the key ring. */
export interface Issuer extends TokenIssuer {
  /** Verifies tokens with every published key. */
  readonly verifier: Verifier
  /** Those keys, for a guard in this process; its `refresh` is `catchUp`. */
  readonly keys: KeySource
  /** Returns a verifier of its access tokens for other audiences. */
  verifierFor(audiences: readonly string[]): Verifier
  /** Returns a verifier of its ID tokens for a client. `at` is the time by which it judges them. */
  idTokenVerifierFor(clientId: string, at: Seconds): Verifier
  /** Returns the keys that are published now. */
  published(): Jwks
  /** Reads changes of the ring by other servers. Fails with `decryption_failed` if the active key cannot be decrypted. */
  reload(): Promise<void>
  /** As `reload`, after an unknown key was met; within seconds of the last such read it does nothing and returns false. */
  catchUp(): Promise<boolean>
}

/** A key of the ring in memory. It has its private half if it signs now or may sign next. */
interface OpenKey {
  readonly stored: StoredSigningKey
  readonly verification: VerificationKey
  readonly jwk: PublicJwk
  readonly signing: SigningKey | undefined
}

/** The ring in memory: which key signs depends on the clock, and the keys on what was stored when it was opened. */
export interface OpenRing extends KeySource {
  readonly keys: readonly OpenKey[]
  /** Returns the key that signs, with an algorithm if its chain has one that signs. Fails with `decryption_failed` if it could not be decrypted. */
  signingKey(algorithm?: PublicAlgorithm | null): SigningKey
  published(): Jwks
}

/** The options of {@link openRing}. */
export interface OpeningOptions {
  readonly now: () => Seconds
  /** The algorithms of the settings, the default one first. */
  readonly algorithms: readonly PublicAlgorithm[]
  /** The ring as it was opened before. */
  readonly before: OpenRing | undefined
}

/**
 * Decrypts and imports the keys that are not retired. A key of the ring before stays the same object, so that verified tokens stay
 * cached. A standby key that cannot be decrypted does not stop the others: `unopened` lists those.
 */
export function openRing(
  ring: KeyRing,
  keyEncryptionKeys: KeyEncryptionKeys,
  { now, algorithms, before }: OpeningOptions,
): OpenRing & { readonly unopened: readonly { readonly id: string; readonly error: unknown }[] } {
  const unopened: { id: string; error: unknown }[] = []
  const signingKey = (key: StoredSigningKey, known: OpenKey | undefined) => {
    if (stateOf(key, now()) === 'retiring') return undefined
    if (known?.signing) return known.signing
    try {
      const text = decrypt(key.encrypted, keyEncryptionKeys, key.id)
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
  return { keys, unopened, ...answers(keys, { now, algorithms }) }
}

/**
 * Orders a key set: keys of type AKP (ML-DSA, RFC 9964) last. Older readers that try one key after another find theirs before the one that they
 * cannot read; a few refuse the whole set, which `doctor` warns of.
 */
function oldTypesFirst(a: PublicJwk, b: PublicJwk): number {
  return Number(a.kty === 'AKP') - Number(b.kty === 'AKP')
}

function answers(
  keys: readonly OpenKey[],
  { now, algorithms }: Pick<OpeningOptions, 'now' | 'algorithms'>,
): Pick<OpenRing, 'find' | 'signingKey' | 'published'> {
  const choose = signingKeysOf(
    keys.map(({ stored }) => stored),
    algorithms,
  )
  const byId = new Map(keys.map((key) => [key.stored.id, key]))
  const set = localKeySet(keys.map(({ verification }) => verification))
  const live = ({ stored }: OpenKey) => stateOf(stored, now()) !== 'retired'
  return {
    find(header) {
      const key = byId.get(set.find(header)?.id ?? '')
      return key && live(key) ? key.verification : undefined
    },
    signingKey(algorithm) {
      const active = byId.get(choose(now(), algorithm)?.id ?? '')
      if (!active) throw fail('internal', { facts: { problem: 'no active signing key' } })
      if (active.signing) return active.signing
      throw fail('decryption_failed', { facts: { key: active.stored.id } })
    },
    published: () => ({
      keys: keys
        .filter(live)
        .map(({ jwk }) => jwk)
        .toSorted(oldTypesFirst),
    }),
  }
}
