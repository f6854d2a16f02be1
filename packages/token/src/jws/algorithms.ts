import { fail } from '../failures.ts'
import { closestName } from '../lib/options.ts'

/**
 * The name of a signature algorithm (RFC 7518, section 3.1; RFC 8037; RFC 9964). A token's header never chooses one: each key has exactly one.
 *
 * @example
 * import { generateKey, type Algorithm } from '@countersign/token'
 *
 * const algorithm: Algorithm = 'EdDSA'
 * const key = generateKey(algorithm)
 */
export type Algorithm = keyof typeof algorithms

/** An algorithm with a shared secret: every verifier can also sign. */
export type SecretAlgorithm = Extract<Algorithm, `HS${string}`>

/** An algorithm with a private key for signing and a public key for verifying. */
export type PublicAlgorithm = Exclude<Algorithm, SecretAlgorithm>

type Hash = 'sha256' | 'sha384' | 'sha512'

/** The parameters of an algorithm, by its key type. */
export type AlgorithmEntry =
  /** RFC 7518, section 3.2: HMAC; the secret must be at least as long as the hash. */
  | { readonly kty: 'oct'; readonly hash: Hash; readonly signatureBytes: number }
  /** RFC 7518, section 3.4: ECDSA; a signature is R and S, each as long as a coordinate. */
  | {
      readonly kty: 'EC'
      readonly hash: Hash
      readonly curve: 'P-256' | 'P-384' | 'P-521'
      readonly coordinateBytes: number
      readonly signatureBytes: number
    }
  /** RFC 7518, sections 3.3 and 3.5: RSA with PKCS #1 v1.5 or PSS; a signature is as long as the modulus. */
  | {
      readonly kty: 'RSA'
      readonly hash: Hash
      readonly padding: 'pkcs1' | 'pss'
      readonly saltBytes: number
    }
  /** RFC 8037: Ed25519. */
  | {
      readonly kty: 'OKP'
      readonly hash: null
      readonly curve: 'Ed25519'
      readonly signatureBytes: number
    }
  /** RFC 9964: ML-DSA, which resists quantum computers as far as is known. Makes tokens of 3 to 7 kB. */
  | {
      readonly kty: 'AKP'
      readonly hash: null
      readonly publicBytes: number
      readonly signatureBytes: number
    }

/** The table of all algorithms. Others do not exist: there is no `none`, and no way to add it. */
export const algorithms = {
  ES256: { kty: 'EC', hash: 'sha256', curve: 'P-256', coordinateBytes: 32, signatureBytes: 64 },
  ES384: { kty: 'EC', hash: 'sha384', curve: 'P-384', coordinateBytes: 48, signatureBytes: 96 },
  ES512: { kty: 'EC', hash: 'sha512', curve: 'P-521', coordinateBytes: 66, signatureBytes: 132 },
  EdDSA: { kty: 'OKP', hash: null, curve: 'Ed25519', signatureBytes: 64 },
  RS256: { kty: 'RSA', hash: 'sha256', padding: 'pkcs1', saltBytes: 0 },
  RS384: { kty: 'RSA', hash: 'sha384', padding: 'pkcs1', saltBytes: 0 },
  RS512: { kty: 'RSA', hash: 'sha512', padding: 'pkcs1', saltBytes: 0 },
  PS256: { kty: 'RSA', hash: 'sha256', padding: 'pss', saltBytes: 32 },
  PS384: { kty: 'RSA', hash: 'sha384', padding: 'pss', saltBytes: 48 },
  PS512: { kty: 'RSA', hash: 'sha512', padding: 'pss', saltBytes: 64 },
  'ML-DSA-44': { kty: 'AKP', hash: null, publicBytes: 1312, signatureBytes: 2420 },
  'ML-DSA-65': { kty: 'AKP', hash: null, publicBytes: 1952, signatureBytes: 3309 },
  'ML-DSA-87': { kty: 'AKP', hash: null, publicBytes: 2592, signatureBytes: 4627 },
  HS256: { kty: 'oct', hash: 'sha256', signatureBytes: 32 },
  HS384: { kty: 'oct', hash: 'sha384', signatureBytes: 48 },
  HS512: { kty: 'oct', hash: 'sha512', signatureBytes: 64 },
} as const satisfies Readonly<Record<string, AlgorithmEntry>>

/** Returns whether a value names an algorithm of the table; the comparison is case-sensitive (RFC 7515, section 4.1.1). */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}

/** Rejects a name that is not in the table, as programs without types may pass. Fails with `algorithm_unknown`. */
export function assertAlgorithm(name: unknown): asserts name is Algorithm {
  if (isAlgorithm(name)) return
  const names = Object.keys(algorithms)
  const close = typeof name === 'string' ? closestName(name, names) : undefined
  const detail =
    close === undefined ? `it must be one of ${names.join(', ')}` : `did you mean ${close}?`
  throw fail('algorithm_unknown', { detail })
}

/** Returns whether an algorithm works with a shared secret. */
export function isSecretAlgorithm(algorithm: Algorithm): algorithm is SecretAlgorithm {
  return algorithms[algorithm].kty === 'oct'
}

/**
 * The algorithms with public verification keys. A policy that trusts an issuer's key set can allow them all: each key has exactly one algorithm,
 * so no token can choose.
 */
export const publicAlgorithms: readonly PublicAlgorithm[] = (
  Object.keys(algorithms) as Algorithm[]
).filter((name): name is PublicAlgorithm => !isSecretAlgorithm(name))

/**
 * Returns the algorithm for any of its names, or `undefined`: RFC 9864 calls Ed25519 what RFC 8037 called EdDSA. Both are read, and the old
 * one is written, because every verifier knows it.
 */
export function parseAlgorithm(name: unknown): Algorithm | undefined {
  if (name === 'Ed25519') return 'EdDSA'
  return isAlgorithm(name) ? name : undefined
}
