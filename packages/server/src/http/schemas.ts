import { z } from 'zod'
import { Secret } from '../domain/secret.ts'
import type { IssuedTokens } from '../domain/tokens/issue-tokens.ts'

/** A password on its way in. What is acceptable is judged when it is set; here only what nobody could have set is refused. */
export const password = z
  .string()
  .min(1)
  .max(1024)
  .transform((text) => new Secret(text))

/** A user name on its way in. */
export const username = z.string().min(1).max(128)

/** A refresh token on its way in; what it is worth is judged in the domain. */
export const refreshToken = z
  .string()
  .min(1)
  .max(256)
  .transform((text) => new Secret(text))

/** What a sign-in and a refresh answer. */
export const tokens = z.strictObject({
  token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive(),
  refresh_token: z.string(),
})

/** Tokens as they are answered: the only place where a refresh token leaves. */
export function answerTokens({ accessToken, expiresIn, refreshToken: next }: IssuedTokens) {
  return {
    token: accessToken,
    token_type: 'Bearer' as const,
    expires_in: expiresIn,
    refresh_token: next.reveal(),
  }
}
