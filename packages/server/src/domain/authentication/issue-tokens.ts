import type { Seconds } from '@countersign/token'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import type { SessionGrant } from '../sessions/rotate-refresh-token.ts'
import { accessTokenClaims } from './access-token.ts'

/** What a sign-in or a refresh gives. */
export interface IssuedTokens {
  readonly accessToken: string
  /** Seconds until it expires; never beyond the end of its session. */
  readonly expiresIn: Seconds
  readonly refreshToken: Secret
}

/** Signs an access token for a session that has just been started or refreshed. Fails with `claims_reserved`. */
export function issueTokens(
  {
    issuer,
    clock,
    policies,
    stopwatch,
    tracer,
  }: Pick<Runtime, 'issuer' | 'clock' | 'policies' | 'stopwatch' | 'tracer'>,
  { session, user, refreshToken }: SessionGrant,
): IssuedTokens {
  const { lifetime } = policies.tokens
  const expiresIn = Math.max(1, Math.min(lifetime, session.expiresAt - clock.now()))
  const claims = accessTokenClaims(user, session, { issuer: issuer.url, ...policies.tokens })
  const took = stopwatch()
  const accessToken = issuer.signer.sign(claims, expiresIn)
  tracer.note('token sign', took())
  return { accessToken, expiresIn, refreshToken }
}
