/**
 * The row types that every query is checked against. Times are seconds; null means "not yet".
 *
 * Queries are written in what SQLite and PostgreSQL have in common. `for update` is PostgreSQL's, and SQLite leaves it out.
 * Text is ordered differently by the two, so order by numbers, or by ids for paging alone.
 */
export interface Schema {
  readonly users: UserRow
  readonly sessions: SessionRow
  readonly signing_keys: SigningKeyRow
  readonly locks: LockRow
}

/**
 * A user. `name_folded` is unique, and so is `email_folded` where there is one; `password_hash` is a PHC string and never
 * leaves the store but to be checked. `roles` is a list with blanks between; null in `password_changed_at`: never since.
 */
export interface UserRow {
  readonly id: string
  readonly name: string
  readonly name_folded: string
  readonly password_hash: string
  readonly created_at: number
  readonly disabled_at: number | null
  readonly email: string | null
  readonly email_folded: string | null
  readonly roles: string
  readonly password_changed_at: number | null
}

/**
 * A session. `handle_hash` and `secret_hash` are SHA-256 of the two parts of its refresh token; `used` is JSON, the tokens used
 * within the grace, each with its successor sealed under it. `amr` is a list with blanks between.
 */
export interface SessionRow {
  readonly id: string
  readonly user_id: string
  readonly handle_hash: string
  readonly secret_hash: string
  readonly used: string
  readonly created_at: number
  readonly last_used_at: number
  readonly authenticated_at: number
  readonly amr: string
  readonly user_agent: string | null
  readonly address: string | null
  readonly idle_expires_at: number
  readonly expires_at: number
  readonly ended_at: number | null
  readonly end_reason: string | null
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

/** A name that transactions lock; the row says nothing else. */
export interface LockRow {
  readonly name: string
}
