import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { fail } from '../failures.ts'
import {
  algorithms,
  assertAlgorithm,
  isSecretAlgorithm,
  type Algorithm,
  type PublicAlgorithm,
  type SecretAlgorithm,
} from '../jws/algorithms.ts'
import { assertSecret } from './secret.ts'
import { thumbprintOf } from './thumbprint.ts'

/**
 * A key for verifying, bound to the one algorithm that it may be used with (RFC 8725bis, section 3.1).
 *
 * Only this module makes keys: an object that merely has the same members is rejected wherever a key is needed.
 *
 * @example
 * import { generateKey, importPublicKey, exportPublicJwk, type VerificationKey } from '@countersign/token'
 *
 * const key: VerificationKey = importPublicKey(exportPublicJwk(generateKey('ES256')), 'ES256')
 */
export interface VerificationKey {
  /** The value of the `kid` header. Default: the thumbprint of RFC 7638. */
  readonly id: string
  readonly algorithm: Algorithm
  /** The key for verifying: a public key, or the shared secret. */
  readonly key: KeyObject
}

/**
 * A key that can also sign. It is accepted wherever a `VerificationKey` is.
 *
 * @example
 * import { createSigner, generateKey, type SigningKey } from '@countersign/token'
 *
 * const key: SigningKey = generateKey('EdDSA')
 * const signer = createSigner({ key, issuer: 'https://issuer.example', lifetime: 600 })
 */
export interface SigningKey extends VerificationKey {
  /** The key for signing: the private key, or the shared secret. */
  readonly privateKey: KeyObject
}

const madeHere = new WeakSet<object>()

/** Freezes a new key and marks it as made by this package. Only for `import-key.ts`. */
export function registerKey<K extends VerificationKey>(key: K): K {
  madeHere.add(key)
  return Object.freeze(key)
}

/** Rejects an object that this module did not make, so that untyped code cannot pair a key with another algorithm. */
export function assertKey(key: VerificationKey): void {
  if (typeof key !== 'object' || key === null || !madeHere.has(key)) {
    throw fail('key_invalid', {
      detail: 'it was not made by generateKey or one of the import functions',
    })
  }
}

/**
 * Generates a key: for HMAC a random secret as long as the hash, for RSA 3,072 bits. Fails with `algorithm_unknown`, and with `algorithm_unavailable` for
 * ML-DSA where the runtime does not support it (before Node 24.6).
 *
 * @example
 * import { generateKey } from '@countersign/token'
 *
 * const key = generateKey('ES256')
 */
export function generateKey(algorithm: Algorithm): SigningKey {
  assertAlgorithm(algorithm)
  if (isSecretAlgorithm(algorithm)) {
    return importSecret(randomBytes(algorithms[algorithm].signatureBytes), algorithm)
  }
  const { publicKey, privateKey } = ifAvailable(algorithm, () => generatePair(algorithm))
  return registerKey({ id: thumbprintOf(publicKey), algorithm, key: publicKey, privateKey })
}

function generatePair(algorithm: PublicAlgorithm): {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
} {
  const entry = algorithms[algorithm]
  switch (entry.kty) {
    case 'EC':
      return generateKeyPairSync('ec', { namedCurve: entry.curve })
    case 'RSA':
      return generateKeyPairSync('rsa', { modulusLength: 3072 }) // 128 bits of strength (ASVS 11.2.3)
    case 'OKP':
      return generateKeyPairSync('ed25519')
    case 'AKP':
      return generateKeyPairSync(algorithm.toLowerCase() as 'ml-dsa-44') // or -65, or -87: the other rows of the table
  }
}

/**
 * Makes a key from a shared secret (RFC 7518, section 3.2). A string is encoded as UTF-8.
 *
 * Every verifier with this key can also sign: use it only where one process does both. Fails with `secret_weak` for fewer bytes
 * than the hash has (32, 48, 64), for a repeated pattern, and for a public key in place of a secret: that confusion is the
 * oldest attack on JWT. Fails with `algorithm_unknown`, and with `key_invalid` for an algorithm with key pairs.
 *
 * @example
 * import { importSecret } from '@countersign/token'
 *
 * const secret = '6b1f0c2e9d7a4835b0f1c6d2e3a49587' // from the environment; make one with `openssl rand -hex 32`
 * const key = importSecret(secret, 'HS256')
 */
export function importSecret(
  secret: string | Uint8Array,
  algorithm: SecretAlgorithm,
  { id }: { readonly id?: string } = {},
): SigningKey {
  assertAlgorithm(algorithm)
  if (!isSecretAlgorithm(algorithm))
    throw fail('key_invalid', {
      detail: 'the algorithm works with a key pair: use importPrivateKey',
    })
  if (typeof secret !== 'string' && !((secret as unknown) instanceof Uint8Array))
    throw fail('secret_weak', { detail: 'it is neither a text nor bytes; is its variable set?' })
  const bytes = Buffer.from(secret)
  assertSecret(bytes, algorithms[algorithm].signatureBytes)
  const key = createSecretKey(bytes)
  // Not the RFC 7638 thumbprint: it is a plain hash of the secret, and its section 7 warns of that.
  const derived = createHmac('sha256', key)
    .update('countersign key id')
    .digest('base64url')
    .slice(0, 22)
  return registerKey({ id: id ?? derived, algorithm, key, privateKey: key })
}

/** Does some work with an algorithm. Fails with `algorithm_unavailable` where the runtime lacks it. */
export function ifAvailable<T>(algorithm: Algorithm, work: () => T): T {
  if (algorithms[algorithm].kty === 'AKP' && !hasMlDsa())
    throw fail('algorithm_unavailable', { detail: algorithm })
  return work()
}

let mlDsa: boolean | undefined

/** Returns whether the runtime supports ML-DSA. Tested once: it depends on the platform's version and build. */
function hasMlDsa(): boolean {
  try {
    mlDsa ??= generateKeyPairSync('ml-dsa-44').publicKey.asymmetricKeyType === 'ml-dsa-44'
  } catch {
    mlDsa = false
  }
  return mlDsa
}
