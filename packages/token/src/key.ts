import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import {
  algorithms,
  isSecretAlgorithm,
  type Algorithm,
  type PublicAlgorithm,
  type SecretAlgorithm,
} from './algorithms.ts'
import { isCountersignError } from './error.ts'
import { fail } from './failures.ts'
import { checkJwk, publicMembersOf, type Part, type PrivateJwk, type PublicJwk } from './jwk.ts'
import { assertSecret } from './secret.ts'
import { belongTogether } from './signature.ts'
import { thumbprintOf } from './thumbprint.ts'

/**
 * A key that knows the one algorithm it may be used with (RFC 8725bis, section 3.1).
 *
 * Only this module makes one: an object that merely looks like it is refused wherever a key is wanted.
 */
export interface VerificationKey {
  /** What the `kid` header says. By default the thumbprint of RFC 7638. */
  readonly id: string
  readonly algorithm: Algorithm
  /** The key for checking: a public key, or the shared secret. */
  readonly key: KeyObject
}

/** A key that can also sign. It can stand wherever a verification key is wanted. */
export interface SigningKey extends VerificationKey {
  /** The key for signing: the private key, or the shared secret. */
  readonly privateKey: KeyObject
}

const made = new WeakSet<object>()

function make<K extends VerificationKey>(key: K): K {
  made.add(key)
  return Object.freeze(key)
}

/** Refuses what this module did not make, so that no untyped program can pair a key with a foreign algorithm. */
export function assertKey(key: VerificationKey): void {
  if (typeof key !== 'object' || key === null || !made.has(key)) {
    throw fail('key_invalid', {
      detail: 'it was not made by generateKey or one of the import functions',
    })
  }
}

/**
 * Makes a fresh key: for HMAC a random secret as long as the hash, for RSA 3,072 bits. Fails with `algorithm_unavailable` for
 * ML-DSA where the run time does not have it (before Node 24.6).
 */
export function generateKey(algorithm: Algorithm): SigningKey {
  if (isSecretAlgorithm(algorithm)) {
    return importSecret(randomBytes(algorithms[algorithm].signatureBytes), algorithm)
  }
  const { publicKey, privateKey } = available(algorithm, () => generatePair(algorithm))
  return make({ id: thumbprintOf(publicKey), algorithm, key: publicKey, privateKey })
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
      return generateKeyPairSync(algorithm.toLowerCase() as 'ml-dsa-44') // or -65, or -87: the table's other rows
  }
}

/**
 * Makes a key of a shared secret (RFC 7518, section 3.2). Text is taken as its UTF-8 bytes.
 *
 * Whoever verifies with it can also sign: use it only where one process does both. Fails with `secret_weak` for fewer bytes
 * than the hash has (32, 48, 64), for one repeated pattern, and for what is really a public key: that confusion is the
 * oldest attack on JWT.
 */
export function importSecret(
  secret: string | Uint8Array,
  algorithm: SecretAlgorithm,
  { id }: { readonly id?: string } = {},
): SigningKey {
  const bytes = Buffer.from(secret)
  assertSecret(bytes, algorithms[algorithm].signatureBytes)
  const key = createSecretKey(bytes)
  // Not the RFC 7638 thumbprint, which is a plain hash of the secret (its section 7 warns of that).
  const derived = createHmac('sha256', key)
    .update('countersign key id')
    .digest('base64url')
    .slice(0, 22)
  return make({ id: id ?? derived, algorithm, key, privateKey: key })
}

/**
 * Reads a public key: a JWK (RFC 7517) or a PEM text (SPKI). A private key in its place is refused. Fails with `key_invalid`, and
 * with `algorithm_unavailable` as {@link generateKey} does.
 */
export function importPublicKey(
  source: PublicJwk | string,
  algorithm: PublicAlgorithm,
): VerificationKey {
  const jwk = checkJwk(toJwk(source, algorithm, 'public'), algorithm, 'public')
  const key = readable(algorithm, () => createPublicKey({ key: jwk, format: 'jwk' }))
  return make({ id: idOf(source) ?? thumbprintOf(key), algorithm, key })
}

/** Reads a private key: a JWK with its private members, or a PEM text (PKCS #8). Fails as {@link importPublicKey} does. */
export function importPrivateKey(
  source: PrivateJwk | string,
  algorithm: PublicAlgorithm,
): SigningKey {
  const whole = toJwk(source, algorithm, 'private')
  const jwk = checkJwk(whole, algorithm, 'private')
  const privateKey = readable(algorithm, () => createPrivateKey({ key: jwk, format: 'jwk' }))
  const half = checkJwk(publicMembersOf(whole), algorithm, 'public')
  const key = readable(algorithm, () => createPublicKey({ key: half, format: 'jwk' }))
  if (!belongTogether(algorithm, key, privateKey)) {
    throw fail('key_invalid', { detail: 'its private and public parts disagree' })
  }
  return make({ id: idOf(source) ?? thumbprintOf(key), algorithm, key, privateKey })
}

/** The published half of a key, as a JWKS carries it. A secret has none: fails with `key_invalid`. */
export function exportPublicJwk(key: VerificationKey): PublicJwk {
  assertPublishable(key)
  const jwk = key.key.export({ format: 'jwk' }) as unknown as PublicJwk // of a public key there are only public members
  return { ...jwk, alg: key.algorithm, kid: key.id, use: 'sig' }
}

/** The whole key with its private members. Seal it before it touches a disk; never log it. */
export function exportPrivateJwk(key: SigningKey): PrivateJwk {
  const jwk = key.privateKey.export({ format: 'jwk' })
  return { ...jwk, ...exportPublicJwk(key) }
}

/** The published half of a key as a PEM text (SPKI). A secret has none: fails with `key_invalid`. */
export function exportPublicPem(key: VerificationKey): string {
  assertPublishable(key)
  return key.key.export({ format: 'pem', type: 'spki' }).toString()
}

/** The whole key as a PEM text (PKCS #8). Seal it before it touches a disk; never log it. Fails with `key_invalid` for a secret. */
export function exportPrivatePem(key: SigningKey): string {
  assertPublishable(key)
  return key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

/**
 * The name that every library gives a public key (RFC 7638; RFC 9964 for ML-DSA): SHA-256 over its required members, in
 * base64url. A shared secret has none, for its hash would help to guess it: fails with `key_invalid`.
 */
export function thumbprint(key: VerificationKey): string {
  assertPublishable(key)
  return thumbprintOf(key.key)
}

function assertPublishable(key: VerificationKey): void {
  assertKey(key)
  if (key.key.type !== 'public')
    throw fail('key_invalid', { detail: 'a shared secret is never published' })
}

/** A key in any spelling as a JWK, so that each is checked by the same rules. */
function toJwk(source: object | string, algorithm: Algorithm, part: Part): object {
  if (isSecretAlgorithm(algorithm)) {
    throw fail('key_invalid', { detail: `${algorithm} works with a secret: use importSecret` })
  }
  if (typeof source !== 'string') return source
  const label = `${part === 'public' ? 'PUBLIC' : 'PRIVATE'} KEY-----`
  const pem = source.trim()
  if (!pem.startsWith(`-----BEGIN ${label}`) || !pem.endsWith(`-----END ${label}`)) {
    throw fail('key_invalid', {
      detail: `it is not a PEM text that begins with -----BEGIN ${label}`,
    })
  }
  const key = readable(algorithm, () =>
    part === 'public' ? createPublicKey(pem) : createPrivateKey(pem),
  )
  return readable(algorithm, () => key.export({ format: 'jwk' }))
}

function idOf(source: PublicJwk | string): string | undefined {
  return typeof source === 'string' ? undefined : source.kid
}

/** The platform's message may quote the key, so it is not passed on. */
function readable<T>(algorithm: Algorithm, read: () => T): T {
  try {
    return available(algorithm, read)
  } catch (error) {
    if (isCountersignError(error)) throw error
    throw fail('key_invalid', { detail: 'it is damaged, of an unknown type, or not on its curve' })
  }
}

function available<T>(algorithm: Algorithm, work: () => T): T {
  if (algorithms[algorithm].kty === 'AKP' && !hasMlDsa())
    throw fail('algorithm_unavailable', { detail: algorithm })
  return work()
}

let mlDsa: boolean | undefined

/** Whether the run time has ML-DSA: asked once, for it depends on the platform's version and on how it was built. */
function hasMlDsa(): boolean {
  try {
    mlDsa ??= generateKeyPairSync('ml-dsa-44').publicKey.asymmetricKeyType === 'ml-dsa-44'
  } catch {
    mlDsa = false
  }
  return mlDsa
}
