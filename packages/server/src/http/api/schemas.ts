import type { Principal } from '@countersign/guard'
import { z } from 'zod'
import type { Services } from '../pipeline/services.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Owner } from '../../domain/passwords/confirm-password.ts'
import { expiryOf, type Session, type SessionGrant } from '../../domain/sessions/session.ts'
import { issueTokens } from '../../domain/authentication/issue-tokens.ts'
import type { ActingAdministrator } from '../../domain/administration/actor.ts'
import type { User } from '../../domain/users/user.ts'
import type { Cookies } from '../browser/cookies.ts'
import { deviceOf } from '../browser/device.ts'

/**
 * A password on its way in. What is acceptable is judged when it is set; here only what nobody could have set is refused: 1,024 bytes of the
 * composed form can arrive as 1,536 characters (U+01D5 takes two, and arrives as three), and composing takes the square of a run of marks.
 */
export const password = z
  .string()
  .min(1)
  .max(1536)
  .transform((text) => new Secret(text))

/** An id on its way in, of anything: nothing but what ids are made of reaches a database. PostgreSQL refuses a text with NUL in it. */
export const anyId = z.string().regex(/^[\w-]{0,128}$/)

/** A user name on its way in. */
export const username = z.string().min(1).max(128)

/** An e-mail address on its way in. */
export const email = z.string().min(1).max(254)

/** Why a new password can be refused. */
export const newPasswordFailures = [
  'password_too_short',
  'password_too_long',
  'password_common',
  'password_personal',
  'busy',
] as const

/** Why a new user can be refused, whoever makes them. */
export const newUserFailures = [
  'username_unacceptable',
  'username_taken',
  'email_unacceptable',
  'email_taken',
  ...newPasswordFailures,
] as const

/** A user, as they see themselves. */
export const shownUser = z.strictObject({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.string()).readonly(),
  created_at: z.int(),
})

/** Shows a user what is known of them. */
export function showUser({
  id,
  name,
  email: address,
  roles,
  createdAt,
}: User): z.input<typeof shownUser> {
  return { id, username: name, email: address, roles, created_at: createdAt }
}

/** The secret of an invitation on its way in; what it is worth is judged in the domain. */
export const invitation = z
  .string()
  .min(1)
  .max(256)
  .transform((text) => new Secret(text))

/** A refresh token on its way in; what it is worth is judged in the domain. */
export const refreshToken = z
  .string()
  .min(1)
  .max(256)
  .transform((text) => new Secret(text))

/** What a sign-in and a refresh answer: the tokens, or where they go into cookies only how long the first of them lives. */
export const tokens = z.discriminatedUnion('token_type', [
  z.strictObject({
    token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().positive(),
    refresh_token: z.string(),
    server_time: z.int(),
  }),
  z.strictObject({
    token_type: z.literal('Cookie'),
    expires_in: z.int().positive(),
    server_time: z.int(),
  }),
])

/**
 * Issues tokens for a session that was just started or refreshed, and answers them: in the body, or by cookies where there are some
 * to give. The only place where a refresh token leaves. `server_time` lets a client whose clock is wrong know when they expire.
 */
export function answerTokens(
  runtime: Pick<Services, 'issuer' | 'clock' | 'policies' | 'stopwatch' | 'tracer'>,
  continued: SessionGrant,
  cookies?: Cookies,
): z.input<typeof tokens> {
  const issued = issueTokens(runtime, continued)
  const now = runtime.clock.now()
  const shared = { expires_in: issued.expiresIn, server_time: now }
  if (cookies) {
    cookies.give(issued, continued.session.expiresAt - now)
    return { token_type: 'Cookie', ...shared }
  }
  const refresh_token = issued.refreshToken.reveal()
  return { token: issued.accessToken, token_type: 'Bearer', refresh_token, ...shared }
}

/** The session that a token of ours was issued for. */
export function sessionOf(principal: Principal | undefined): string {
  return String(principal?.token.claims['sid'] ?? '')
}

/** Who acts, where an administrator calls. */
export function actorOf(principal: Principal): ActingAdministrator {
  return { user: principal.subject, session: sessionOf(principal) }
}

/** The signed-in user who changes their own account, with the password that proves it. */
export function ownerOf(principal: Principal, proof: Secret, client: ClientInfo): Owner {
  const [userId, sessionId] = [principal.subject, sessionOf(principal)]
  return { userId, sessionId, password: proof, client }
}

/** A session, as it is listed. */
export const shownSession = z.strictObject({
  id: z.string(),
  device: z.string(),
  address: z.string().nullable(),
  created_at: z.int(),
  last_used_at: z.int(),
  expires_at: z.int(),
  amr: z.array(z.string()).readonly(),
})

/** Shows a session. */
export function showSession(session: Session): z.input<typeof shownSession> {
  return {
    id: session.id,
    device: deviceOf(session.userAgent),
    address: session.address,
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    expires_at: expiryOf(session),
    amr: session.amr,
  }
}
