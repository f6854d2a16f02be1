import { z } from 'zod'
import {
  aliveSession,
  endReplaced,
  endSession,
  endSessions,
  sessionOfRefreshToken,
} from '../../domain/sessions/end-sessions.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { fail } from '../../failures.ts'
import {
  examplePassword,
  exampleRefreshToken,
  exampleSession,
  exampleSessionId,
  exampleTokens,
} from '../openapi/examples.ts'
import { noContent, route } from '../pipeline/route.ts'
import {
  answerTokens,
  password,
  refreshToken,
  sessionOf,
  shownSession,
  showSession,
  tokens,
  username,
} from './schemas.ts'

/** Sign in: a user name and a password for tokens. */
export const login = route({
  method: 'POST',
  path: '/login',
  summary:
    'Trade a user name and a password for an access token and a refresh token; with `cookies` they come as cookies, and a session whose cookies were there before ends',
  limit: 'attempts-per-address', // and guesses at one user are slowed down by `signIn`
  access: 'public',
  body: z.strictObject({ username, password, cookies: z.boolean().optional() }),
  answer: tokens,
  failures: [
    'credentials_wrong',
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
    if (body.cookies) cookies.assertOwn()
    const replaced = body.cookies ? cookies.refreshToken() : undefined
    const continued = await signIn(runtime, body.username, body.password, client)
    await endReplaced(runtime, replaced)
    return answerTokens(runtime, continued, body.cookies ? cookies : undefined)
  },
})

/** Stay signed in: a refresh token for new tokens. */
export const refresh = route({
  method: 'POST',
  path: '/refresh',
  summary:
    'Trade a refresh token for a new access token and the next refresh token; without a body, the one of the cookie',
  limit: { none: 'a refresh token cannot be guessed, and each session has a limit of its own' },
  access: 'public',
  body: z.strictObject({ refresh_token: refreshToken }).optional(),
  answer: tokens,
  failures: [
    'refresh_token_missing',
    'cookies_cross_site',
    'cookie_ambiguous',
    'refresh_token_unknown',
    'refresh_token_expired',
    'refresh_token_reused',
    'session_ended',
    'refresh_too_often',
  ],
  example: { body: { refresh_token: exampleRefreshToken }, answer: exampleTokens },

  async handle({ body, runtime, client, cookies }) {
    const shown = body ? body.refresh_token : cookies.refreshToken()
    if (!shown) throw fail('refresh_token_missing')
    const continued = await rotateRefreshToken(runtime, shown, client)
    return answerTokens(runtime, continued, body ? undefined : cookies)
  },
})

/** Sign out. Done twice it is done once; a token that is worth nothing any more is no failure (RFC 7009, section 2.2). */
export const logout = route({
  method: 'POST',
  path: '/logout',
  summary:
    'End the session of the access token or of the refresh token that is sent, or with `everywhere` all of its user',
  limit: { none: 'nobody ends a session without a token of it, and none ends twice' },
  access: 'optional',
  evenRevoked: true,
  body: z
    .strictObject({ refresh_token: refreshToken.optional(), everywhere: z.boolean().optional() })
    .optional(),
  answer: noContent,
  failures: ['nothing_to_end', 'cookies_cross_site', 'cookie_ambiguous'],
  example: { body: { refresh_token: exampleRefreshToken }, answer: undefined },

  async handle({ body, runtime, caller, cookies }) {
    const byCookie = cookies.sent && !body?.refresh_token
    const shown = body?.refresh_token ?? (caller ? undefined : cookies.refreshToken())
    if (!caller && !shown && !byCookie) throw fail('nothing_to_end')
    const session = shown
      ? await sessionOfRefreshToken(runtime, shown)
      : caller && (await aliveSession(runtime, sessionOf(caller))) // one that is over ends no others
    if (session && body?.everywhere) await endSessions(runtime, session.userId, 'logout')
    else if (session) await endSession(runtime, session.userId, session.id, 'logout')
    if (byCookie) cookies.clear()
    return undefined
  },
})

/** Where am I signed in? */
export const sessions = route({
  method: 'GET',
  path: '/sessions',
  summary: 'List the sessions of the user whom the token belongs to',
  limit: { none: 'one read' },
  access: 'user',
  answer: z.strictObject({
    sessions: z.array(z.strictObject({ ...shownSession.shape, current: z.boolean() })),
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
    const current = sessionOf(principal())
    return {
      sessions: list.map((session) => ({
        ...showSession(session),
        current: session.id === current,
      })),
    }
  },
})

/** Sign one device out. */
export const endOne = route({
  method: 'DELETE',
  path: '/sessions/:id',
  summary: 'End one session of the user whom the token belongs to',
  limit: 'changes-per-user',
  access: 'user',
  answer: noContent,
  failures: ['session_unknown'],
  example: { params: { id: exampleSessionId }, answer: undefined },

  async handle({ runtime, principal, params }) {
    await endSession(runtime, principal().subject, params.id, 'ended_by_user')
    return undefined
  },
})

/** Sign every other device out. */
export const endOthers = route({
  method: 'DELETE',
  path: '/sessions',
  summary: 'End all sessions of the user whom the token belongs to, but for the one of the token',
  limit: 'changes-per-user',
  access: 'user',
  answer: z.strictObject({ ended: z.int().nonnegative() }),
  failures: [],
  example: { answer: { ended: 2 } },

  async handle({ runtime, principal }) {
    const { subject } = principal()
    const ended = await endSessions(runtime, subject, 'ended_by_user', sessionOf(principal()))
    return { ended: ended.length }
  },
})
