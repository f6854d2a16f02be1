// The rows of second factors; schema.ts has all others.

/** An authenticator application. `encrypted` and `proposed` are secrets, encrypted with a key of the root secret; null if there is none. */
export interface TotpRow {
  readonly user_id: string
  readonly encrypted: string | null
  readonly confirmed_at: number | null
  readonly last_step: number
  readonly proposed: string | null
  readonly proposed_until: number | null
}

/** A recovery code that was not used; `hash` is keyed. */
export interface RecoveryCodeRow {
  readonly hash: string
  readonly user_id: string
}

/** A sign-in that waits for a second factor. `token_hash` is SHA-256 of its secret, `password_mark` of the password hash; `amr` is separated by spaces. */
export interface PendingSignInRow {
  readonly token_hash: string
  readonly user_id: string
  readonly password_mark: string
  readonly amr: string
  readonly created_at: number
  readonly expires_at: number
  readonly wrong: number
}

/** A passkey. `credential_id` is unique; `transports` is separated by spaces; `synced` is 0 or 1. */
export interface PasskeyRow {
  readonly id: string
  readonly user_id: string
  readonly name: string
  readonly credential_id: string
  readonly public_key: string
  readonly counter: number
  readonly transports: string
  readonly synced: number
  readonly created_at: number
  readonly last_used_at: number | null
}

/** A challenge that was not used. `subject` is the id of a session, the hash of a pending sign-in, or empty. */
export interface PasskeyChallengeRow {
  readonly challenge: string
  readonly purpose: string
  readonly subject: string
  readonly expires_at: number
}

/** An account at an identity provider that a user signs in with. `issuer` and `subject` together are unique. */
export interface IdentityRow {
  readonly id: string
  readonly user_id: string
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  readonly label: string | null
  readonly created_at: number
  readonly last_used_at: number | null
}

/** A user who is at an identity provider. The hashes are SHA-256 of the secrets in the URL and in the cookie; `session_id` is null for a sign-in. */
export interface FederatedRequestRow {
  readonly state_hash: string
  readonly browser_hash: string
  readonly provider: string
  readonly session_id: string | null
  readonly user_id: string | null
  readonly return_to: string | null
  readonly invitation_hash: string | null
  readonly expires_at: number
}
