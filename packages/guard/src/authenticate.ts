import type { ProvenClaims } from '@countersign/token'
import { parseClaims, type ClaimsSchema } from './claims-schema.ts'
import type { Allowed } from './decision.ts'
import { fail } from './failures.ts'
import type { Issuers } from './issuers/issuers.ts'
import { toPrincipal, type Principal } from './principal.ts'
import type { TokenStatus } from './revocation/check-revocation.ts'

// Step 2: verifies the token, and turns it into a principal.

/** A verified token: the principal, and where its revocation status is found. Immutable but for that status. */
export interface Authenticated<C> {
  readonly allowed: Allowed<Principal<C>>
  readonly status: TokenStatus | undefined
}

/** Verifies a token with the keys in memory. Fails with the token failures, `token_bound`, `claims_invalid` and the codes of a status claim. */
export type Authenticate<C> = (token: string) => Authenticated<C>

/**
 * Creates the authentication of one guard. The principal of a token is created once, as long as the verifier caches the token. `assertBinding` rejects
 * tokens that are not for the scheme of the request; by default those that are no bearer tokens.
 */
export function createAuthenticate<C>(
  issuers: Issuers,
  schema: ClaimsSchema<C> | undefined,
  assertBinding: (claims: ProvenClaims) => void = assertUnbound,
): Authenticate<C> {
  const cache = new WeakMap<object, Authenticated<C>>() // by verified token
  return function authenticate(token) {
    const { verifier, revocation, mapping } = issuers.issuerFor(token)
    const verified = verifier.verify(token)
    const cached = cache.get(verified)
    if (cached) return cached
    assertBinding(verified.claims)
    // without a schema C is ProvenClaims, as the signature of createGuard says
    const claims = schema ? parseClaims(verified.claims, schema) : (verified.claims as C)
    const principal = toPrincipal(verified, claims, { owner: issuers, mapping })
    const authenticated: Authenticated<C> = {
      allowed: Object.freeze({ allowed: true, principal } as const),
      status: revocation?.statusOf(verified.claims),
    }
    if (Object.isFrozen(verified)) cache.set(verified, authenticated) // frozen: the verifier caches it too
    return authenticated
  }
}

/**
 * Rejects a token that its issuer bound to a key (`cnf`, RFC 7800). Its sender must prove possession of the key, and a plain bearer token
 * proves nothing, as when it was stolen (RFC 9449, section 7.2; RFC 8705, section 3). No form of `cnf` is ignored.
 */
function assertUnbound({ cnf }: ProvenClaims): void {
  if (cnf === undefined) return
  const members = typeof cnf === 'object' && cnf !== null ? Object.keys(cnf) : []
  throw fail('token_bound', { facts: { members } })
}
