import { z } from 'zod'
import { checkPassword } from '../../domain/passwords/check-password.ts'
import { issueTokens } from '../../domain/tokens/issue-tokens.ts'
import { route } from '../route.ts'
import { password, username } from '../schemas.ts'

/** Sign in: a user name and a password for a token. */
export const login = route({
  method: 'POST',
  path: '/login',
  summary: 'Trade a user name and a password for an access token',
  access: 'public',
  body: z.strictObject({ username, password }),
  answer: z.strictObject({
    token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().positive(),
  }),
  failures: ['credentials_wrong', 'busy'],

  async handle({ body, runtime }) {
    const user = await checkPassword(runtime, body.username, body.password)
    const { accessToken, expiresIn } = issueTokens(runtime, user)
    return { token: accessToken, token_type: 'Bearer' as const, expires_in: expiresIn }
  },
})
