import * as z from 'zod'
import { languages } from '../../domain/kernel/client-info.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { expiryOf, type Session } from '../../domain/sessions/session.ts'
import type { User } from '../../domain/users/user.ts'
import { deviceOf } from '../browser/device-name.ts'

/**
 * A password in a request. The rules for new passwords are checked when it is set; this schema rejects only what can never have been set:
 * 1,024 bytes in composed form can arrive as 1,536 characters (U+01D5 takes two bytes, and arrives as three characters). The bound also
 * matters because composing takes quadratic time for a run of combining marks.
 */
export const password = z
  .string()
  .min(1)
  .max(1536)
  .transform((text) => new Secret(text))

/** An id in a request: only the characters of ids reach the database. PostgreSQL rejects text that contains NUL. */
export const idSchema = z.string().regex(/^[\w-]{0,128}$/)

/** The id of a client in a request: one of this server, or the URL of a metadata document. */
export const clientIdSchema = z.string().regex(/^(?:[\w-]{0,128}|https:\/\/[\x21-\x7E]{1,504})$/)

/** A user name in a request. */
export const username = z.string().min(1).max(128)

/** An e-mail address in a request. */
export const email = z.string().min(1).max(254)

/** A language of mails and pages. */
export const language = z.enum(languages)

/** Nine digits from a mail, with or without the spaces between them. */
export const digits = z
  .string()
  .regex(/^\d{3} ?\d{3} ?\d{3}$/)
  .transform((text) => new Secret(text.replaceAll(' ', '')))

/** The six digits of an authenticator application, with or without a space between them. */
export const totpCode = z
  .string()
  .regex(/^\d{3} ?\d{3}$/)
  .transform((text) => new Secret(text.replaceAll(' ', '')))

/** A recovery code in a request; the domain checks whether it is valid, however it was typed. */
export const recoveryCode = z
  .string()
  .regex(/^[\w\s-]{16,64}$/)
  .transform((text) => new Secret(text))

/** The secret of a sign-in that waits for a second factor. */
export const signInToken = z
  .string()
  .regex(/^[\w-]{43}$/)
  .transform((text) => new Secret(text))

/** A sign-in: a user name or an e-mail address, with a password, or an e-mail address with a code. */
export const loginBody = z
  .strictObject({
    username: username.optional(),
    email: email.optional(),
    password: password.optional(),
    code: digits.optional(),
    cookies: z.boolean().optional(),
  })
  .superRefine((body, context) => {
    const missing = (member: string) =>
      context.addIssue({
        code: 'invalid_type',
        expected: 'string',
        path: [member],
        input: undefined,
      })
    const wrong = (member: string) => context.addIssue({ code: 'custom', path: [member] })
    if (body.email === undefined && (body.username === undefined || body.code !== undefined))
      missing(body.code === undefined ? 'username' : 'email')
    if (body.password === undefined && body.code === undefined) missing('password')
    if (body.email !== undefined && body.username !== undefined) wrong('username')
    if (body.code !== undefined && body.password !== undefined) wrong('password')
  })

/** A change to one's own user: the address with the password, or the language, or both. */
export const ownChanges = z
  .strictObject({
    email: email.nullable().optional(),
    current_password: password.optional(),
    language: language.nullable().optional(),
  })
  .superRefine((body, context) => {
    const needs = body.email !== undefined || body.current_password !== undefined
    const missing = (path: 'email' | 'current_password') =>
      context.addIssue({ code: 'invalid_type', expected: 'string', path: [path], input: undefined })
    if (body.email === undefined && (needs || body.language === undefined)) missing('email')
    if (body.current_password === undefined && needs) missing('current_password')
  })

/** The failures of setting a password. */
export const newPasswordFailures = [
  'password_too_short',
  'password_too_long',
  'password_common',
  'password_personal',
  'busy',
] as const

/** The failures of creating a user, by registration or by an administrator. */
export const newUserFailures = [
  'username_unacceptable',
  'username_taken',
  'email_unacceptable',
  'email_taken',
  ...newPasswordFailures,
] as const

/** A user in a response to that user. */
export const userSchema = z.strictObject({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  roles: z.array(z.string()).readonly(),
  language: language.nullable(),
  created_at: z.int(),
})

/** Converts a user to {@link userSchema}. */
export function toUserResponse({
  id,
  name,
  email: address,
  emailVerifiedAt,
  roles,
  language: chosen,
  createdAt,
}: User): z.input<typeof userSchema> {
  const email_verified = emailVerifiedAt !== null
  const shown = { id, username: name, email: address, email_verified, roles }
  return { ...shown, language: chosen, created_at: createdAt }
}

/** The secret of an invitation in a request; the domain checks whether it is valid. */
export const invitation = z
  .string()
  .min(1)
  .max(256)
  .transform((text) => new Secret(text))

/** A refresh token in a request; the domain checks whether it is valid. */
export const refreshToken = z
  .string()
  .min(1)
  .max(256)
  .transform((text) => new Secret(text))

/** The key that a client sends with a refresh token: random, new for each token, and the same in every repeat. */
export const idempotencyKey = z
  .string()
  .regex(/^[\w-]{22,128}$/) // 128 bits in base64url are 22 characters: a thief must not guess it
  .transform((text) => new Secret(text))

/** A session in a response. */
export const sessionSchema = z.strictObject({
  id: z.string(),
  device: z.string(),
  address: z.string().nullable(),
  created_at: z.int(),
  last_used_at: z.int(),
  expires_at: z.int(),
  amr: z.array(z.string()).readonly(),
})

/** Converts a session to {@link sessionSchema}. */
export function toSessionResponse(session: Session): z.input<typeof sessionSchema> {
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

const member = z.string().optional()

/** A public key. The schema allows these members only, so that tests fail if a private one is published. */
export const publicKey = z.strictObject({
  kty: z.enum(['EC', 'RSA', 'OKP', 'AKP']),
  alg: member,
  kid: member,
  use: member,
  key_ops: z.array(z.string()).readonly().optional(),
  crv: member,
  x: member,
  y: member,
  n: member,
  e: member,
  pub: member,
})
