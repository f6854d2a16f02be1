import { z } from 'zod'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { User } from '../../domain/users/user.ts'
import { deviceOf } from '../browser/device-name.ts'

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
export const idSchema = z.string().regex(/^[\w-]{0,128}$/)

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
export const userSchema = z.strictObject({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.string()).readonly(),
  created_at: z.int(),
})

/** Shows a user what is known of them. */
export function toUserResponse({
  id,
  name,
  email: address,
  roles,
  createdAt,
}: User): z.input<typeof userSchema> {
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

/** A session, as it is listed. */
export const sessionSchema = z.strictObject({
  id: z.string(),
  device: z.string(),
  address: z.string().nullable(),
  created_at: z.int(),
  last_used_at: z.int(),
  expires_at: z.int(),
  amr: z.array(z.string()).readonly(),
})

/** Shows a session. */
export function toSessionResponse(session: Session): z.input<typeof sessionSchema> {
  return {
    id: session.id,
    device: deviceOf(session.userAgent),
    address: session.address,
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    expires_at: Math.min(session.expiresAt, session.idleExpiresAt),
    amr: session.amr,
  }
}
