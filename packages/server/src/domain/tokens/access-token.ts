import type { SignableClaims } from '@countersign/token'
import type { Seconds } from '@countersign/token'
import type { User } from '../users/user.ts'

/** What an access token says about a user who just showed a password (RFC 9068, section 2.2; RFC 8176 for `amr`). */
export function accessTokenClaims(user: User, audience: string, authTime: Seconds): SignableClaims {
  return {
    sub: user.id,
    aud: audience,
    client_id: 'countersign', // the server's own sign-in; other clients come with OAuth
    username: user.name,
    auth_time: authTime,
    amr: ['pwd'],
  }
}
