import { constants, sign, verify, type KeyObject } from 'node:crypto'
import { algorithms, type Algorithm, type PublicAlgorithm } from './algorithms.ts'
import { createHmacState, type Hmac } from './hmac.ts'

/** Signs bytes with the algorithm of the key, and returns the signature in base64url. */
export function signBytes(algorithm: Algorithm, privateKey: KeyObject, bytes: Buffer): string {
  const { hmac, options } = preparedFor(algorithm, privateKey)
  if (hmac) return hmac.sign(bytes)
  return sign(algorithms[algorithm].hash, bytes, options).toString('base64url')
}

/**
 * Verifies a signature. One of the wrong length is invalid, which rejects DER and truncated forms before any mathematics;
 * an HMAC is compared in constant time.
 */
export function verifyBytes(
  algorithm: Algorithm,
  key: KeyObject,
  bytes: Buffer,
  signature: Buffer,
): boolean {
  const { hmac, options, signatureBytes } = preparedFor(algorithm, key)
  if (signature.length !== signatureBytes) return false
  if (hmac) return hmac.verify(bytes, signature)
  return verify(algorithms[algorithm].hash, bytes, options, signature)
}

/** Verifies as {@link verifyBytes} does, on the platform's thread pool. An HMAC is verified at once: the thread switch would cost more. */
export async function verifyBytesAsync(
  algorithm: Algorithm,
  key: KeyObject,
  bytes: Buffer,
  signature: Buffer,
): Promise<boolean> {
  const { hmac, options, signatureBytes } = preparedFor(algorithm, key)
  if (signature.length !== signatureBytes) return false
  if (hmac) return hmac.verify(bytes, signature)
  const { hash } = algorithms[algorithm]
  return new Promise((resolve, reject) => {
    verify(hash, bytes, options, signature, (error, good) =>
      error ? reject(error) : resolve(good),
    )
  })
}

/** Returns whether a private and a public key are one pair: whether the public one verifies a signature of the private one. */
export function isKeyPair(
  algorithm: PublicAlgorithm,
  key: KeyObject,
  privateKey: KeyObject,
): boolean {
  const probe = Buffer.from('are these two keys a pair?')
  const signature = Buffer.from(signBytes(algorithm, privateKey, probe), 'base64url')
  return verifyBytes(algorithm, key, probe, signature)
}

/** The arguments for the platform's functions, and the length of the key's signatures. */
interface PreparedKey {
  /** Only for a shared secret. */
  readonly hmac?: Hmac
  readonly options: Parameters<typeof verify>[2] & { readonly key: KeyObject }
  readonly signatureBytes: number
}

/** Made once for each key object; each belongs to one key, and so to one algorithm. */
const prepared = new WeakMap<KeyObject, PreparedKey>()

function preparedFor(algorithm: Algorithm, key: KeyObject): PreparedKey {
  const known = prepared.get(key)
  if (known) return known
  const fresh = prepare(algorithm, key)
  prepared.set(key, fresh)
  return fresh
}

function prepare(algorithm: Algorithm, key: KeyObject): PreparedKey {
  const entry = algorithms[algorithm]
  switch (entry.kty) {
    case 'EC': // R and S concatenated, never DER
      return { options: { key, dsaEncoding: 'ieee-p1363' }, signatureBytes: entry.signatureBytes }
    case 'RSA': {
      const signatureBytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
      const { RSA_PKCS1_PSS_PADDING: pss, RSA_PKCS1_PADDING: pkcs1 } = constants
      return entry.padding === 'pss'
        ? { options: { key, padding: pss, saltLength: entry.saltBytes }, signatureBytes }
        : { options: { key, padding: pkcs1 }, signatureBytes }
    }
    case 'oct': {
      const hmac = createHmacState(key.export(), entry.hash)
      return { hmac, options: { key }, signatureBytes: entry.signatureBytes }
    }
    case 'OKP':
    case 'AKP':
      return { options: { key }, signatureBytes: entry.signatureBytes }
  }
}
