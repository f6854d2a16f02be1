import * as z from 'zod'
import { endOtherSessions, endOwnSession } from '../../domain/sessions/end-sessions.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import { signOut, signOutByRefreshToken } from '../../domain/sessions/sign-out.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { askToSignIn, signInWithCode } from '../../domain/authentication/sign-in-with-code.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import type { SessionGrant } from '../../domain/sessions/session.ts'
import { foldEmail, parseEmail } from '../../domain/users/email.ts'
import type { Services } from '../pipeline/services.ts'
import { fail } from '../../failures.ts'
import {
  examplePassword,
  exampleRefreshToken,
  exampleSession,
  exampleSessionId,
  exampleTokens,
} from '../openapi/examples.ts'
import { sessionIdOf, sessionOwnerOf } from '../pipeline/access.ts'
import { noContent, route } from '../pipeline/route.ts'
import {
  email,
  idempotencyKey,
  loginBody,
  refreshToken,
  sessionSchema,
  toSessionResponse,
} from './schemas.ts'
import {
  respondWithTokens,
  signInResponder,
  tokenResponse,
  tokenFailures,
} from './token-response.ts'

/** Signs in with a user name and a password. */
export const login = route({
  method: 'POST',
  path: '/login',
  summary:
    'Exchange a user name, or a verified e-mail address, and a password for an access token and a refresh token; with `cookies` they are set as cookies, and the session of earlier cookies ends',
  limit: 'attempts-per-address', // `signIn` also slows down attempts at one user
  access: 'public',
  body: loginBody,
  answer: tokenResponse,
  failures: [
    ...tokenFailures,
    'credentials_wrong',
    'factor_required',
    'factor_enrolment_required',
    'email_unacceptable',
    'code_sign_in_disabled',
    'login_delayed',
    'busy',
    'cookies_cross_site',
    'cookie_ambiguous',
  ],
  example: {
    body: { username: 'ada', password: examplePassword },
    answer: exampleTokens,
  },

  async handle({ body, runtime, client, cookies }) {
    const respond = signInResponder(runtime, { client, cookies }, body.cookies)
    return respond(await grantOf(runtime, body, cookies.askingBrowser(), client))
  },
})

/** Signs in with what a body has; `loginBody` has checked that it is complete. */
function grantOf(
  runtime: Services,
  body: z.output<typeof loginBody>,
  browser: Secret | undefined,
  client: ClientInfo,
): Promise<SessionGrant> {
  const address = body.email === undefined ? undefined : parseEmail(body.email)
  if (body.code && address !== undefined) {
    const proof = { whom: [foldEmail(address)], code: body.code, browser }
    return signInWithCode(runtime, proof, client)
  }
  const name = address === undefined ? (body.username ?? '') : { email: address }
  return signIn(runtime, name, body.password ?? new Secret(''), client)
}

/** Sends a code with which a user can sign in. */
export const loginCode = route({
  method: 'POST',
  path: '/login/code',
  summary:
    'Send a code and a link to a verified e-mail address, with which its user can sign in, if the setting `mail.sign_in_codes` is `yes`; the answer is the same for every address',
  limit: 'attempts-per-address', // `askCode` also limits the mails to one address
  access: 'public',
  body: z.strictObject({ email }),
  maxBodyBytes: 1_024,
  answer: noContent,
  status: 202,
  failures: ['email_unacceptable', 'mail_unavailable', 'code_sign_in_disabled'],
  example: { body: { email: 'ada@example.com' }, answer: undefined },

  async handle({ body, runtime, client, cookies }) {
    await askToSignIn(runtime, body.email, { browser: cookies.bindBrowser(), client })
    return undefined
  },
})

/** Exchanges a refresh token for new tokens. */
export const refresh = route({
  method: 'POST',
  path: '/refresh',
  summary:
    'Exchange a refresh token for a new access token and a new refresh token; without one, the refresh token of the cookie. A client that got no response repeats it with the same `idempotency_key`',
  limit: { none: 'a refresh token cannot be guessed, and each session has its own limit' },
  access: 'public',
  body: z
    .strictObject({
      refresh_token: refreshToken.optional(),
      idempotency_key: idempotencyKey.optional(),
    })
    .optional(),
  maxBodyBytes: 1_024, // it has no limit of requests, and a refresh token has 76 characters
  answer: tokenResponse,
  failures: [
    ...tokenFailures,
    'refresh_token_missing',
    'cookies_cross_site',
    'cookie_ambiguous',
    'refresh_token_unknown',
    'refresh_token_expired',
    'refresh_token_reused',
    'session_ended',
    'second_factor_missing',
    'refresh_too_often',
  ],
  example: { body: { refresh_token: exampleRefreshToken }, answer: exampleTokens },

  async handle({ body, runtime, client, cookies }) {
    const presented = body?.refresh_token ?? cookies.refreshToken()
    if (!presented) throw fail('refresh_token_missing')
    const grant = await rotateRefreshToken(runtime, presented, client, {
      idempotencyKey: body?.idempotency_key,
    })
    return respondWithTokens(runtime, grant, body?.refresh_token ? undefined : cookies)
  },
})

/** Signs out. It is idempotent: an expired or revoked token is no failure (RFC 7009, section 2.2). */
export const logout = route({
  method: 'POST',
  path: '/logout',
  summary:
    'End the session of the access token or refresh token that is sent; with `everywhere`, all sessions of its user',
  limit: { none: 'it takes a token of the session, and no session ends twice' },
  access: 'optional',
  evenRevoked: true,
  body: z
    .strictObject({
      refresh_token: refreshToken.optional(),
      idempotency_key: idempotencyKey.optional(),
      everywhere: z.boolean().optional(),
    })
    .optional(),
  answer: noContent,
  failures: ['nothing_to_end', 'cookies_cross_site', 'cookie_ambiguous'],
  example: { body: { refresh_token: exampleRefreshToken }, answer: undefined },

  async handle({ body, runtime, caller, client, cookies }) {
    const byCookie = cookies.sent && !body?.refresh_token
    const presented = body?.refresh_token ?? (caller ? undefined : cookies.refreshToken())
    if (!caller && !presented && !byCookie) throw fail('nothing_to_end')
    const how = { everywhere: body?.everywhere, idempotencyKey: body?.idempotency_key }
    if (presented) await signOutByRefreshToken(runtime, presented, client, how)
    else if (caller) await signOut(runtime, sessionOwnerOf(caller), how)
    if (byCookie) cookies.clear()
    return undefined
  },
})

/** Lists the caller's sessions. */
export const sessions = route({
  method: 'GET',
  path: '/sessions',
  summary: 'List the sessions of the token’s user',
  limit: { none: 'one read' },
  access: 'user',
  answer: z.strictObject({
    sessions: z.array(z.strictObject({ ...sessionSchema.shape, current: z.boolean() })),
  }),
  failures: [],
  example: {
    answer: {
      sessions: [{ ...exampleSession, current: true }],
    },
  },

  async handle({ runtime, principal }) {
    const { store, clock } = runtime
    const list = await store.sessions.listAlive(principal().subject, clock.now())
    const current = sessionIdOf(principal())
    return {
      sessions: list.map((session) => ({
        ...toSessionResponse(session),
        current: session.id === current,
      })),
    }
  },
})

/** Signs out one of the caller's devices. */
export const endOne = route({
  method: 'DELETE',
  path: '/sessions/:id',
  summary: 'End one session of the token’s user',
  limit: 'changes-per-user',
  access: 'user',
  answer: noContent,
  failures: ['session_unknown', 'session_ended'],
  example: { params: { id: exampleSessionId }, answer: undefined },

  async handle({ runtime, principal, params }) {
    await endOwnSession(runtime, sessionOwnerOf(principal()), params.id)
    return undefined
  },
})

/** Signs out the caller's other devices. */
export const endOthers = route({
  method: 'DELETE',
  path: '/sessions',
  summary: 'End all other sessions of the token’s user',
  limit: 'changes-per-user',
  access: 'user',
  answer: z.strictObject({ ended: z.int().nonnegative() }),
  failures: ['session_ended'],
  example: { answer: { ended: 2 } },

  async handle({ runtime, principal }) {
    const ended = await endOtherSessions(runtime, sessionOwnerOf(principal()))
    return { ended: ended.length }
  },
})
