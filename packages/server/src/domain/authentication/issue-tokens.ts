import { isCountersignError, type Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { Stopwatch, TokenIssuer, Tracer } from '../kernel/ports.ts'
import type { Secret } from '../kernel/secret.ts'
import type { EndSessionDeps } from '../sessions/end-sessions.ts'
import { expiryOf, type SessionGrant } from '../sessions/session.ts'
import { signOut } from '../sessions/sign-out.ts'
import { accessTokenClaims, type ClaimValues } from './access-token.ts'
import { announceUser, type AnnounceDeps } from './announce-users.ts'
import type { LimitedHooks } from './hooks.ts'

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
}

/** The dependencies of {@link issueTokens}. */
export interface IssueTokensDeps extends EndSessionDeps {
  readonly store: EndSessionDeps['store'] & AnnounceDeps['store']
  readonly hooks: LimitedHooks
  readonly issuer: Pick<TokenIssuer, 'url' | 'signer'>
  readonly clock: Clock
  readonly policies: { readonly tokens: TokenPolicy }
  readonly stopwatch: Stopwatch
  readonly tracer: Tracer
}

/**
 * Signs an access token for a session that was just started or refreshed. This is the only way to its refresh token, so no sign-in goes around the hooks of
 * the application: fails with `hook_failed` and `sign_in_refused`.
 */
export async function issueTokens(
  deps: IssueTokensDeps,
  grant: SessionGrant,
): Promise<IssuedTokens> {
  const { issuer, clock, policies, stopwatch, tracer } = deps
  const custom = grant.claims ?? (await runHooks(deps, grant))
  const { session, user, refreshToken } = grant
  const { lifetime } = policies.tokens
  const expiresIn = Math.max(1, Math.min(lifetime, expiryOf(session) - clock.now()))
  const claims = accessTokenClaims(user, session, {
    issuer: issuer.url,
    audience: policies.tokens.audience,
    custom,
  })
  const took = stopwatch()
  const accessToken = issuer.signer.sign(claims, expiresIn)
  tracer.note('token sign', took())
  return { accessToken, expiresIn, refreshToken }
}

/** Runs the hooks of a sign-in, and returns the custom claims. If one fails, the session that has just started ends: it would be a device that has no tokens. */
async function runHooks(
  deps: IssueTokensDeps,
  { session, user, isNew }: SessionGrant,
): Promise<ClaimValues> {
  const { hooks } = deps
  try {
    if (isNew) {
      await announceUser(deps, user)
      await hooks.signedIn?.(user, session)
    }
    return (await hooks.customClaims?.(user, session)) ?? {}
  } catch (error) {
    const owner = { userId: user.id, sessionId: session.id }
    const isRefused = isCountersignError(error) && error.code === 'sign_in_refused'
    if (isNew) await signOut(deps, owner, { reason: isRefused ? 'sign_in_refused' : 'hook_failed' })
    throw error
  }
}
