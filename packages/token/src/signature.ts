import { constants, sign, verify, type KeyObject } from 'node:crypto'
import { algorithms, type Algorithm, type PublicAlgorithm } from './algorithms.ts'
import { createHmacState, type Hmac } from './hmac.ts'

/** Signs bytes with the one algorithm of a key; the signature in base64url. */
export function signBytes(algorithm: Algorithm, privateKey: KeyObject, bytes: Buffer): string {
  const { hmac, options } = preparedFor(algorithm, privateKey)
  if (hmac) return hmac.sign(bytes)
  return sign(algorithms[algorithm].hash, bytes, options).toString('base64url')
}

/**
 * Whether a signature fits. One of the wrong length never does, which refuses DER and cut-off forms before any mathematics;
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

/** As {@link verifyBytes}, on the platform's thread pool. A code under a shared secret is checked at once: the hop costs more. */
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

/** Whether a private and a public key are halves of one: what the one signs, the other proves. */
export function belongTogether(
  algorithm: PublicAlgorithm,
  key: KeyObject,
  privateKey: KeyObject,
): boolean {
  const probe = Buffer.from('do the two halves belong together?')
  const signature = Buffer.from(signBytes(algorithm, privateKey, probe), 'base64url')
  return verifyBytes(algorithm, key, probe, signature)
}

/** What the platform is told of a key at every call, and the length that its signatures have. */
interface Prepared {
  /** Of a shared secret. */
  readonly hmac?: Hmac
  readonly options: Parameters<typeof verify>[2] & { readonly key: KeyObject }
  readonly signatureBytes: number
}

/** Made once for each key object; each belongs to one key, which has one algorithm. */
const prepared = new WeakMap<KeyObject, Prepared>()

function preparedFor(algorithm: Algorithm, key: KeyObject): Prepared {
  const known = prepared.get(key)
  if (known) return known
  const fresh = prepare(algorithm, key)
  prepared.set(key, fresh)
  return fresh
}

function prepare(algorithm: Algorithm, key: KeyObject): Prepared {
  const entry = algorithms[algorithm]
  switch (entry.kty) {
    case 'EC': // R and S side by side, never DER
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
