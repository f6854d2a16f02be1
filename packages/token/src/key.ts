import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
  type webcrypto,
  type KeyObject,
} from 'node:crypto'
import { algorithms, type Algorithm } from './algorithms.ts'
import { fail } from './failures.ts'
import { parseJwk, type ParsedJwk, type PrivateJwk, type PublicJwk } from './jwk.ts'
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

/** Makes a fresh key. HS256 gets a secret of 32 random bytes. */
export function generateKey(algorithm: Algorithm): SigningKey {
  if (algorithm === 'HS256') return importSecret(randomBytes(32), algorithm)
  const { namedCurve } = algorithms[algorithm]
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  return make({ id: thumbprintOf(publicKey), algorithm, key: publicKey, privateKey })
}

/**
 * Makes a key of a shared secret (RFC 7518, section 3.2). Text is taken as its UTF-8 bytes.
 *
 * Whoever verifies with it can also sign: use it only where one process does both. Fails with `secret_weak` below 32
 * bytes, for one repeated pattern, and for text that is really a public key (PEM, JWK): that confusion is the oldest
 * attack on JWT.
 */
export function importSecret(
  secret: string | Uint8Array,
  algorithm: Extract<Algorithm, `HS${string}`>,
  { id }: { readonly id?: string } = {},
): SigningKey {
  const bytes = Buffer.from(secret)
  if (bytes.length < algorithms[algorithm].signatureBytes) {
    throw fail('secret_weak', {
      detail: 'it has fewer than 32 bytes; make one with `openssl rand -hex 32`',
    })
  }
  if (new Set(bytes).size < 8) {
    throw fail('secret_weak', {
      detail: 'it repeats a few characters; make one with `openssl rand -hex 32`',
    })
  }
  if (looksLikeKey(bytes)) {
    throw fail('secret_weak', {
      detail: 'it looks like a PEM, DER, JWK or SSH key, which is no secret',
    })
  }
  const key = createSecretKey(bytes)
  // Not the RFC 7638 thumbprint, which is a plain hash of the secret (its section 7 warns of that).
  const derived = createHmac('sha256', key)
    .update('countersign key id')
    .digest('base64url')
    .slice(0, 22)
  return make({ id: id ?? derived, algorithm, key, privateKey: key })
}

/** Reads a public key: a JWK (RFC 7517) or a PEM text (SPKI). A private key in its place is refused. */
export function importPublicKey(source: PublicJwk | string, algorithm: Algorithm): VerificationKey {
  const { jwk, id } = parsed(source, algorithm, 'public')
  const key = guarded(() =>
    createPublicKey(jwk ? { key: jwk, format: 'jwk' } : pemOf(source, 'PUBLIC')),
  )
  assertFits(key, algorithm)
  return make({ id: id ?? thumbprintOf(key), algorithm, key })
}

/** Reads a private key: a JWK with its private member, or a PEM text (PKCS #8). */
export function importPrivateKey(source: PrivateJwk | string, algorithm: Algorithm): SigningKey {
  const { jwk, id } = parsed(source, algorithm, 'private')
  const privateKey = guarded(() =>
    createPrivateKey(jwk ? { key: jwk, format: 'jwk' } : pemOf(source, 'PRIVATE')),
  )
  const key = guarded(() =>
    createPublicKey(jwk ? { key: publicPart(jwk), format: 'jwk' } : privateKey),
  )
  assertFits(key, algorithm)
  const probe = Buffer.from('do the two halves belong together?')
  const { hash } = algorithms[algorithm]
  if (!verify(hash, probe, key, sign(hash, probe, privateKey))) {
    throw fail('key_invalid', { detail: 'its private and public parts disagree' })
  }
  return make({ id: id ?? thumbprintOf(key), algorithm, key, privateKey })
}

/** The published half of a key, as a JWKS carries it. A secret has none: fails with `key_invalid`. */
export function exportPublicJwk(key: VerificationKey): PublicJwk {
  assertKey(key)
  if (key.key.type !== 'public')
    throw fail('key_invalid', { detail: 'a shared secret is never published' })
  const { kty, crv, x, y } = key.key.export({ format: 'jwk' })
  return { kty, crv, x, y, alg: key.algorithm, kid: key.id, use: 'sig' } as PublicJwk
}

/** The whole key with its private member. Seal it before it touches a disk; never log it. */
export function exportPrivateJwk(key: SigningKey): PrivateJwk {
  const { d } = key.privateKey.export({ format: 'jwk' })
  return { ...exportPublicJwk(key), d } as PrivateJwk
}

function parsed(
  source: object | string,
  algorithm: Algorithm,
  part: 'public' | 'private',
): ParsedJwk {
  if (algorithms[algorithm].kty === 'oct') {
    throw fail('key_invalid', { detail: `${algorithm} works with a secret: use importSecret` })
  }
  return typeof source === 'string'
    ? { jwk: undefined, id: undefined }
    : parseJwk(source, algorithm, part)
}

/** A PEM text of exactly the wanted kind; `createPublicKey` would take a certificate or a private key as well. */
function pemOf(source: object | string, kind: 'PUBLIC' | 'PRIVATE'): string {
  const pem = String(source).trim()
  const label = `${kind} KEY-----`
  if (!pem.startsWith(`-----BEGIN ${label}`) || !pem.endsWith(`-----END ${label}`)) {
    throw fail('key_invalid', { detail: `it is not a PEM text of the kind "${kind} KEY"` })
  }
  return pem
}

/** Whether bytes are a key in one of the usual spellings. Random bytes may begin like one, but never parse as one. */
function looksLikeKey(bytes: Buffer): boolean {
  const text = bytes.toString('latin1').trim()
  if (/-----BEGIN |^(ssh|ecdsa)-[\w-]+ /.test(text)) return true
  if (isDer(bytes) || isDer(Buffer.from(text, 'base64'))) return true
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object'
  } catch {
    return false
  }
}

function isDer(key: Buffer): boolean {
  try {
    createPublicKey({ key, format: 'der', type: 'spki' })
    return true
  } catch {
    return false
  }
}

function guarded(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (cause) {
    // The platform's message may quote the key, so it is not passed on as cause unless it is our own failure.
    if (cause instanceof Error && cause.name === 'CountersignError') throw cause
    throw fail('key_invalid', { detail: 'it is damaged, or not on its curve' })
  }
}

function assertFits(key: KeyObject, algorithm: Algorithm): void {
  const entry = algorithms[algorithm]
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType !== 'ec' || entry.kty !== 'EC' || curve !== entry.namedCurve) {
    throw fail('key_invalid', { detail: `it is not of the type and curve that ${algorithm} wants` })
  }
}

function publicPart(jwk: webcrypto.JsonWebKey): webcrypto.JsonWebKey {
  const { d: _, ...rest } = jwk
  return rest
}
