import { constants, createHmac, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { algorithms, type Algorithm, type PublicAlgorithm } from './algorithms.ts'

/** Signs text with the one algorithm of a key. */
export function signBytes(algorithm: Algorithm, privateKey: KeyObject, signed: string): Buffer {
  const { kty, hash } = algorithms[algorithm]
  if (kty === 'oct') return createHmac(hash, privateKey).update(signed).digest()
  return sign(hash, Buffer.from(signed, 'latin1'), preparedFor(algorithm, privateKey).options)
}

/**
 * Whether a signature fits. One of the wrong length never does, which refuses DER and cut-off forms before any mathematics;
 * an HMAC is compared in constant time.
 */
export function verifyBytes(
  algorithm: Algorithm,
  key: KeyObject,
  signed: string,
  signature: Buffer,
): boolean {
  const { kty, hash } = algorithms[algorithm]
  const { options, signatureBytes } = preparedFor(algorithm, key)
  if (signature.length !== signatureBytes) return false
  if (kty === 'oct')
    return timingSafeEqual(createHmac(hash, key).update(signed).digest(), signature)
  return verify(hash, Buffer.from(signed, 'latin1'), options, signature)
}

/** Whether a private and a public key are halves of one: what the one signs, the other proves. */
export function belongTogether(
  algorithm: PublicAlgorithm,
  key: KeyObject,
  privateKey: KeyObject,
): boolean {
  const probe = 'do the two halves belong together?'
  return verifyBytes(algorithm, key, probe, signBytes(algorithm, privateKey, probe))
}

/** What the platform is told of a key at every call, and the length that its signatures have. */
interface Prepared {
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
    case 'OKP':
    case 'AKP':
    case 'oct':
      return { options: { key }, signatureBytes: entry.signatureBytes }
  }
}
