import type { PublicAlgorithm, PublicJwk, Seconds } from '@countersign/token'

/** A signing key at rest. Its private part is sealed under the key-encryption key. */
export interface StoredSigningKey {
  readonly id: string
  readonly algorithm: PublicAlgorithm
  readonly publicJwk: PublicJwk
  /** What `seal` made of the private JWK. */
  readonly sealed: string
  readonly createdAt: Seconds
  /** When it began to sign; null while it only stands by. */
  readonly activatedAt: Seconds | null
  /** When it stopped signing; null while it has not. */
  readonly retiredAt: Seconds | null
}
