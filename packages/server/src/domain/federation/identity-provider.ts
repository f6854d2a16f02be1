import type { Secret } from '../kernel/secret.ts'

// Federation: users who sign in with an account of another server, the identity provider. The provider proves who they are there; which user of
// this server that is, only a linked identity says, and never an e-mail address.

/** The policy on the users who may come through a provider, from the settings. */
export interface ProviderPolicy {
  /**
   * The users without an identity here who become users: with `registration` those whom `users.registration` lets register, with `always` everyone
   * whom the provider signs in, with `never` no one.
   */
  readonly newUsers: 'registration' | 'always' | 'never'
  /** The domains that the verified address of a user must have; empty for every user of the provider. */
  readonly emailDomains: readonly string[]
  /** True if an address that the provider has verified counts as verified here: with it a new password can be set. */
  readonly trustsEmails: boolean
}

/** The values that this server sends with a user to the provider, and expects to come back. */
export interface UpstreamRequest {
  readonly redirectUri: string
  readonly state: Secret
  readonly nonce: Secret
  /** The verifier of PKCE (RFC 7636). */
  readonly verifier: Secret
}

/** A user as the provider knows them. Nothing of it is more than the provider says, and only the subject has a form that is checked. */
export interface UpstreamUser {
  /** The issuer and the subject identify the user, and nothing else does. */
  readonly issuer: string
  /** As {@link isSubject} says. */
  readonly subject: string
  /** Null if the provider names none, or one that it has not verified. */
  readonly verifiedEmail: string | null
  /** The name that the provider suggests. */
  readonly suggestedName: string | null
}

/** The answer of a provider: a user, that the user has declined, or what is wrong with it. */
export type UpstreamAnswer =
  | { readonly kind: 'user'; readonly user: UpstreamUser }
  | { readonly kind: 'declined' }
  | { readonly kind: 'refused'; readonly problem: string }

/** An identity provider. A port; `platform/` supplies it. */
export interface IdentityProvider {
  /** The name in the settings and in paths. */
  readonly name: string
  /** The name that people know it by. */
  readonly title: string
  readonly policy: ProviderPolicy
  /**
   * Returns the URL to send a browser to. `again` asks the provider to authenticate the user again, by `prompt=login` of OpenID Connect; a provider without
   * that cannot be asked, and no answer proves that it was done. Fails with `provider_unavailable`.
   */
  authorizationUrl(request: UpstreamRequest, again: boolean): Promise<string>
  /** Verifies the answer in a query, and reads the user. Keeps no token of the provider. Fails with `provider_unavailable`. */
  readAnswer(query: URLSearchParams, request: UpstreamRequest): Promise<UpstreamAnswer>
}

/** The identity providers of the settings, by name. */
export type IdentityProviders = ReadonlyMap<string, IdentityProvider>

/** Returns whether a text can be a subject: 1 to 255 printable ASCII characters (OpenID Connect Core, section 2). Databases store it unchanged. Pure. */
export function isSubject(text: string): boolean {
  return /^[\x20-\x7E]{1,255}$/.test(text)
}
