import type { SignableClaims } from '@countersign/token/internal'
import { authenticationClaims } from '../authentication/access-token.ts'
import type { Session } from '../sessions/session.ts'
import type { User } from '../users/user.ts'

/** Returns what an application learns about a user by its scopes (OpenID Connect Core, section 5.4), in ID tokens and at the userinfo endpoint. Pure. */
export function userClaims(
  user: User,
  scopes: readonly string[],
): Readonly<Record<string, unknown>> {
  return {
    sub: user.id,
    ...(scopes.includes('profile') && { preferred_username: user.name, name: user.name }),
    ...(scopes.includes('email') &&
      user.email !== null && { email: user.email, email_verified: user.emailVerifiedAt !== null }),
    ...(scopes.includes('roles') && { roles: user.roles }),
  }
}

/**
 * Returns the claims of an ID token (OpenID Connect Core, section 2): who signed in, when and how, for the application alone. `scopes` are those that
 * it may have now, which can be fewer than those of the grant. Pure.
 */
export function idTokenClaims(
  user: User,
  session: Session,
  { scopes, nonce }: { readonly scopes: readonly string[]; readonly nonce: string | null },
): SignableClaims {
  return {
    ...userClaims(user, scopes),
    sub: user.id,
    aud: session.grant?.clientId ?? '',
    ...authenticationClaims(session),
    sid: session.id,
    ...(nonce !== null && { nonce }),
  }
}
