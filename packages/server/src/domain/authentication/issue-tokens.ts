import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { Stopwatch, TokenIssuer, Tracer } from '../kernel/ports.ts'
import type { Secret } from '../kernel/secret.ts'
import { expiryOf, type SessionGrant } from '../sessions/session.ts'
import { accessTokenClaims, type CustomClaims } from './access-token.ts'

/** The tokens of a sign-in or a refresh. */
export interface IssuedTokens {
  readonly accessToken: string
  /** Seconds until the access token expires; never beyond the end of its session, used or not. */
  readonly expiresIn: Seconds
  readonly refreshToken: Secret
}

/** The content of access tokens. */
export interface TokenPolicy {
  readonly audience: string
  readonly lifetime: Seconds
  /** The `typ` of their headers: `at+jwt` (RFC 9068, section 2.1), or `JWT` for readers that refuse it. */
  readonly type: 'at+jwt' | 'JWT'
  readonly customClaims: CustomClaims
}

/** What issuing tokens needs. */
export interface IssueTokensDeps {
  readonly issuer: Pick<TokenIssuer, 'url' | 'signer'>
  readonly clock: Clock
  readonly policies: { readonly tokens: TokenPolicy }
  readonly stopwatch: Stopwatch
  readonly tracer: Tracer
}

/** Signs an access token for a session that was just started or refreshed. Fails with `claims_reserved`. */
export function issueTokens(
  { issuer, clock, policies, stopwatch, tracer }: IssueTokensDeps,
  { session, user, refreshToken }: SessionGrant,
): IssuedTokens {
  const { lifetime } = policies.tokens
  const expiresIn = Math.max(1, Math.min(lifetime, expiryOf(session) - clock.now()))
  const claims = accessTokenClaims(user, session, { issuer: issuer.url, ...policies.tokens })
  const took = stopwatch()
  const accessToken = issuer.signer.sign(claims, expiresIn)
  tracer.note('token sign', took())
  return { accessToken, expiresIn, refreshToken }
}
