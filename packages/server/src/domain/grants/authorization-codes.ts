import type { Seconds } from '@countersign/token/internal'

/** A code that an application exchanges for tokens (RFC 6749, section 4.1.2), without the code itself. */
export interface AuthorizationCode {
  readonly clientId: string
  readonly userId: string
  /** The sign-in of the user who agreed. */
  readonly sessionId: string
  readonly redirectUri: string
  /** The challenge of PKCE, by S256; null for a client that need not use it. */
  readonly challenge: string | null
  readonly scopes: readonly string[]
  /** The audience of the access tokens. */
  readonly resource: string
  /** The `nonce` of the ID token. */
  readonly nonce: string | null
  /** The thumbprint of the key that its proof must have (RFC 9449, section 10). */
  readonly jkt: string | null
  readonly expiresAt: Seconds
  /** The grant that it was exchanged for. */
  readonly grantId: string | null
}

/** The table of codes. */
export interface AuthorizationCodes {
  find(hash: string): Promise<AuthorizationCode | undefined>
  /** As `find`; locks the code until the transaction ends. */
  lock(hash: string): Promise<AuthorizationCode | undefined>
  add(hash: string, code: AuthorizationCode): Promise<void>
  /** Records what a locked code was exchanged for. */
  setGrant(hash: string, grantId: string): Promise<void>
  /** Deletes those of a client that were not exchanged; with `userId`, those of this user. */
  deleteUnused(of: { readonly clientId: string; readonly userId?: string }): Promise<void>
  /** Deletes those that expired before `before`; returns how many. */
  prune(before: Seconds): Promise<number>
}

/** The table of codes, as part of a store or a transaction. */
export interface CodeTables {
  readonly authorizationCodes: AuthorizationCodes
}
