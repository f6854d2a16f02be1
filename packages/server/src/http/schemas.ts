import type { Principal } from '@countersign/guard'
import { z } from 'zod'
import { Secret } from '../domain/secret.ts'
import type { IssuedTokens } from '../domain/tokens/issue-tokens.ts'

/**
 * A password on its way in. What is acceptable is judged when it is set; here only what nobody could have set is refused: 1,024
 * bytes of the composed form can be three times as many characters as they arrive.
 */
export const password = z
  .string()
  .min(1)
  .max(4096)
  .transform((text) => new Secret(text))

/** A user name on its way in. */
export const username = z.string().min(1).max(128)

/** An e-mail address on its way in. */
export const email = z.string().min(1).max(254)

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

/** The session that a token of ours was issued for. */
export function sessionOf(principal: Principal | undefined): string {
  return String(principal?.token.claims['sid'] ?? '')
}
