/** The row types that every query is checked against. Times are seconds; null means "not yet". */
export interface Schema {
  readonly users: UserRow
  readonly signing_keys: SigningKeyRow
}

/** A user. `name_folded` is unique; `password_hash` is a PHC string and never leaves the store but to be checked. */
export interface UserRow {
  readonly id: string
  readonly name: string
  readonly name_folded: string
  readonly password_hash: string
  readonly created_at: number
  readonly disabled_at: number | null
}

/** A signing key; `sealed` is its private JWK, sealed under the key-encryption key. */
export interface SigningKeyRow {
  readonly id: string
  readonly algorithm: string
  readonly public_jwk: string
  readonly sealed: string
  readonly created_at: number
  readonly activated_at: number | null
  readonly retired_at: number | null
}
