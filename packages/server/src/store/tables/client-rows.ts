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

/** A code that an application exchanges for tokens; `hash` is its SHA-256, and `jkt` the thumbprint of the key that it is bound to. `grant_id` is null until it was. */
export interface AuthorizationCodeRow {
  readonly hash: string
  readonly client_id: string
  readonly user_id: string
  readonly session_id: string
  readonly redirect_uri: string
  readonly challenge: string | null
  readonly scopes: string
  readonly resource: string
  readonly nonce: string | null
  readonly expires_at: number
  readonly grant_id: string | null
  readonly jkt: string | null
}

/**
 * A device code; `hash` is its SHA-256, `user_code_hash` a keyed hash of its user code. `state` is `pending`, `allowed` or `denied`; the user and the
 * sign-in are null while it is pending, `grant_id` until it was exchanged.
 */
export interface DeviceCodeRow {
  readonly hash: string
  readonly user_code_hash: string
  readonly client_id: string
  readonly scopes: string
  readonly resource: string
  readonly expires_at: number
  readonly state: string
  readonly user_id: string | null
  readonly session_id: string | null
  readonly poll_interval: number
  readonly polled_at: number | null
  readonly grant_id: string | null
}

/** A request that an application pushed; `hash` is the SHA-256 of its reference, `parameters` a query. */
export interface PushedRequestRow {
  readonly hash: string
  readonly client_id: string
  readonly parameters: string
  readonly created_at: number
  readonly expires_at: number
}

/** A grant that has ended, and of which its application is to be notified; `attempts` counts the claims. A sent notice is deleted. */
export interface LogoutNoticeRow {
  readonly grant_id: string
  readonly client_id: string
  readonly user_id: string
  readonly created_at: number
  readonly next_attempt_at: number
  readonly attempts: number
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

/** A secret of a client; `hash` is its SHA-256, and `last_used_at` is right to the minute. */
export interface ClientSecretRow {
  readonly id: string
  readonly client_id: string
  readonly hash: string
  readonly created_at: number
  readonly expires_at: number | null
  readonly last_used_at: number | null
}

/** A client assertion or a proof of possession that was used; `key` is the SHA-256 of its issuer, or its key, and `jti`. */
export interface AssertionRow {
  readonly key: string
  readonly expires_at: number
}
