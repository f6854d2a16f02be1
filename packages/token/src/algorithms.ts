/** An algorithm by the name that we write. The header never chooses: a key has exactly one. */
export type Algorithm = keyof typeof algorithms

/** Algorithms with a shared secret: whoever verifies can also sign. */
export type SecretAlgorithm = Extract<Algorithm, `HS${string}`>

/** Algorithms with a private key for signing and a public one for checking. */
export type PublicAlgorithm = Exclude<Algorithm, SecretAlgorithm>

type Hash = 'sha256' | 'sha384' | 'sha512'

/** What the engine must know of an algorithm, by the type of key that it works with. */
export type AlgorithmEntry =
  /** RFC 7518, section 3.2: HMAC; a secret is at least as long as the hash. */
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
  /** RFC 9964: ML-DSA, which no quantum computer is known to break. Tokens of 3 to 7 kB. */
  | {
      readonly kty: 'AKP'
      readonly hash: null
      readonly publicBytes: number
      readonly signatureBytes: number
    }

/** THE table. Whatever is not in it does not exist: there is no `none`, and no way to add it. */
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

/** Whether a text names an algorithm of the table; case counts (RFC 7515, section 4.1.1). */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}

/** Whether an algorithm works with a shared secret. */
export function isSecretAlgorithm(algorithm: Algorithm): algorithm is SecretAlgorithm {
  return algorithms[algorithm].kty === 'oct'
}

/**
 * The algorithms of which everybody may have the key that checks. Whoever trusts the keys of an issuer can allow them all: each key has exactly one, so
 * no token chooses.
 */
export const publicAlgorithms: readonly PublicAlgorithm[] = (
  Object.keys(algorithms) as Algorithm[]
).filter((name): name is PublicAlgorithm => !isSecretAlgorithm(name))

/**
 * An algorithm by any of its names: Ed25519 (RFC 9864) is what RFC 8037 called EdDSA. We read both and write the old one,
 * which every verifier knows.
 */
export function parseAlgorithm(name: unknown): Algorithm | undefined {
  if (name === 'Ed25519') return 'EdDSA'
  return isAlgorithm(name) ? name : undefined
}
