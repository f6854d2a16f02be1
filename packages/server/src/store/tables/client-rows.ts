// The rows of clients and of what their tokens are for; schema.ts has all others.

/** An API that tokens are for. `scopes` is separated by spaces; `lifetime` and `algorithm` are null for those of the settings; `is_open` is 0 or 1. */
export interface ResourceRow {
  readonly id: string
  readonly audience: string
  readonly scopes: string
  readonly lifetime: number | null
  readonly algorithm: string | null
  readonly created_at: number
  readonly is_open: number
}

/** A code that an application exchanges for tokens; `hash` is its SHA-256. `grant_id` is null until it was. */
export interface AuthorizationCodeRow {
  readonly hash: string
  readonly client_id: string
  readonly user_id: string
  readonly session_id: string
  readonly redirect_uri: string
  readonly challenge: string
  readonly scopes: string
  readonly resource: string
  readonly nonce: string | null
  readonly expires_at: number
  readonly grant_id: string | null
}

/**
 * A client: a service account, or an application, whose part is JSON. `grants` and `scopes` are separated by spaces; `resources` and `jwks` are JSON, `jwks` null without keys; the columns of
 * trust are null together, and `trust_reusable` is 0 or 1.
 */
export interface ClientRow {
  readonly id: string
  readonly name: string
  readonly grants: string
  readonly scopes: string
  readonly resources: string
  readonly jwks: string | null
  readonly trust_issuer: string | null
  readonly trust_subject: string | null
  readonly trust_audience: string | null
  readonly trust_reusable: number
  readonly created_at: number
  readonly application: string | null
}

/** A secret of a service account; `hash` is its SHA-256, and `last_used_at` is right to the minute. */
export interface ClientSecretRow {
  readonly id: string
  readonly client_id: string
  readonly hash: string
  readonly created_at: number
  readonly expires_at: number | null
  readonly last_used_at: number | null
}

/** A client assertion that was used; `key` is the SHA-256 of its issuer and `jti`. */
export interface AssertionRow {
  readonly key: string
  readonly expires_at: number
}
