/** An algorithm as the `alg` header names it (RFC 7518, section 3.1). The header never chooses: a key has exactly one. */
export type Algorithm = keyof typeof algorithms

/** What the engine must know of an algorithm. */
interface AlgorithmEntry {
  /** JWK key type. `oct` is a shared secret: whoever verifies can also sign. */
  readonly kty: 'EC' | 'oct'
  /** JWK curve, for `EC`. */
  readonly curve?: 'P-256'
  /** The same curve as OpenSSL names it. */
  readonly namedCurve?: 'prime256v1'
  /** Hash, as `node:crypto` names it. */
  readonly hash: 'sha256'
  /** Exact length of a signature, in bytes (RFC 7518, sections 3.2 and 3.4). */
  readonly signatureBytes: number
}

/** THE table. Whatever is not in it does not exist: there is no `none`, and no way to add it. */
export const algorithms = {
  ES256: {
    kty: 'EC',
    curve: 'P-256',
    namedCurve: 'prime256v1',
    hash: 'sha256',
    signatureBytes: 64,
  },
  HS256: { kty: 'oct', hash: 'sha256', signatureBytes: 32 },
} as const satisfies Readonly<Record<string, AlgorithmEntry>>

/** Whether a text names an algorithm of the table; case counts (RFC 7515, section 4.1.1). */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}
