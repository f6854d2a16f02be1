import type { Seconds } from '@countersign/token'
import type { Runtime } from '../runtime.ts'
import type { User } from '../users/user.ts'
import { accessTokenClaims } from './access-token.ts'

/** What a sign-in gives. */
export interface IssuedTokens {
  readonly accessToken: string
  /** Seconds until it expires. */
  readonly expiresIn: Seconds
}

/** Signs an access token for a user who has just proved who they are. */
export function issueTokens(
  { issuer, clock, policies }: Pick<Runtime, 'issuer' | 'clock' | 'policies'>,
  user: User,
): IssuedTokens {
  const { audience, lifetime } = policies.tokens
  const claims = accessTokenClaims(user, audience, clock.now())
  return { accessToken: issuer.signer.sign(claims), expiresIn: lifetime }
}
