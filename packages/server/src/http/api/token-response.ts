import * as z from 'zod'
import { issueTokens } from '../../domain/authentication/issue-tokens.ts'
import { newDeviceMark, readDeviceMark } from '../../domain/limits/trusted-device.ts'
import { foldName } from '../../domain/users/user.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import type { SessionGrant } from '../../domain/sessions/session.ts'
import { signOutByRefreshToken } from '../../domain/sessions/sign-out.ts'
import type { Cookies } from '../browser/cookies.ts'
import type { Services } from '../pipeline/services.ts'

// The one place that issues tokens over HTTP: in a body, or as cookies. Refresh tokens leave the server here and nowhere else.

/** The response of a sign-in and of a refresh: the tokens, or in cookie mode only how long the access token lives. */
export const tokenResponse = z.discriminatedUnion('token_type', [
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

/** The failures of every route that issues tokens. */
export const tokenFailures = ['hook_failed', 'sign_in_refused'] as const

type TokenRuntime = Pick<
  Services,
  'issuer' | 'clock' | 'policies' | 'stopwatch' | 'tracer' | 'root' | 'random' | 'store' | 'hooks'
>

/**
 * Issues tokens for a session that was just started or refreshed. They are in the response's body, or set as cookies if `cookies` is given.
 * `server_time` lets a client whose clock is wrong know when the tokens expire.
 */
export async function respondWithTokens(
  runtime: TokenRuntime,
  grant: SessionGrant,
  cookies?: Cookies,
): Promise<z.input<typeof tokenResponse>> {
  const server_time = runtime.clock.now()
  if (cookies) {
    const expires_in = await giveTokenCookies(runtime, grant, cookies)
    return { token_type: 'Cookie', expires_in, server_time }
  }
  const { accessToken, refreshToken, expiresIn } = await issueTokens(runtime, grant)
  return {
    token: accessToken,
    token_type: 'Bearer',
    refresh_token: refreshToken.reveal(),
    expires_in: expiresIn,
    server_time,
  }
}

/**
 * Returns the function that responds to a sign-in, with the tokens in its body or, with `inCookies`, as cookies; then the session of earlier cookies
 * ends. Call it before the sign-in, so that a refused request starts no session: fails with `cookies_cross_site` and `cookie_ambiguous`.
 */
export function signInResponder(
  runtime: Services,
  { client, cookies }: { readonly client: ClientInfo; readonly cookies: Cookies },
  inCookies = false,
): (grant: SessionGrant) => Promise<z.input<typeof tokenResponse>> {
  if (inCookies) cookies.assertOwn()
  const replaced = inCookies ? cookies.refreshToken() : undefined
  return async (grant) => {
    const response = await respondWithTokens(runtime, grant, inCookies ? cookies : undefined)
    const successor = grant.session
    await signOutByRefreshToken(runtime, replaced, client, { reason: 'replaced', successor })
    return response // the earlier session goes on if the application refuses this sign-in
  }
}

/** Issues tokens for a session and sets them as cookies, and marks the browser as a trusted device of the user. Returns the access token's lifetime in seconds. */
export async function giveTokenCookies(
  runtime: TokenRuntime,
  grant: SessionGrant,
  cookies: Cookies,
): Promise<number> {
  const issued = await issueTokens(runtime, grant)
  const { root, random, clock } = runtime
  cookies.give(issued, grant.session.expiresAt - clock.now())
  const name = foldName(grant.user.name)
  if (!readDeviceMark(root, cookies.device(), name, clock.now())?.isRecent)
    cookies.keepDevice(newDeviceMark(root, random, name, clock.now()))
  return issued.expiresIn
}
