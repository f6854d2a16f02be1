import { z } from 'zod'
import { checkPassword } from '../../domain/passwords/check-password.ts'
import {
  endSession,
  endSessions,
  sessionOfRefreshToken,
} from '../../domain/sessions/end-sessions.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import { issueTokens } from '../../domain/tokens/issue-tokens.ts'
import { fail } from '../../failures.ts'
import { deviceOf } from '../device.ts'
import { noContent, route } from '../route.ts'
import { answerTokens, password, refreshToken, sessionOf, tokens, username } from '../schemas.ts'

/** Sign in: a user name and a password for tokens. */
export const login = route({
  method: 'POST',
  path: '/login',
  summary: 'Trade a user name and a password for an access token and a refresh token',
  access: 'public',
  body: z.strictObject({ username, password }),
  answer: tokens,
  failures: ['credentials_wrong', 'busy'],

  async handle({ body, runtime, origin }) {
    const proof = await checkPassword(runtime, body.username, body.password)
    return answerTokens(issueTokens(runtime, await startSession(runtime, proof, origin)))
  },
})

/** Stay signed in: a refresh token for new tokens. */
export const refresh = route({
  method: 'POST',
  path: '/refresh',
  summary: 'Trade a refresh token for a new access token and the next refresh token',
  access: 'public',
  body: z.strictObject({ refresh_token: refreshToken }),
  answer: tokens,
  failures: [
    'refresh_token_unknown',
    'refresh_token_expired',
    'refresh_token_reused',
    'session_ended',
    'refresh_too_often',
  ],

  async handle({ body, runtime }) {
    const continued = await rotateRefreshToken(runtime, body.refresh_token)
    return answerTokens(issueTokens(runtime, continued))
  },
})

/** Sign out. Done twice it is done once; a token that is worth nothing any more is no failure (RFC 7009, section 2.2). */
export const logout = route({
  method: 'POST',
  path: '/logout',
  summary:
    'End the session of the access token or of the refresh token that is sent, or with `everywhere` all of its user',
  access: 'optional',
  body: z
    .strictObject({ refresh_token: refreshToken.optional(), everywhere: z.boolean().optional() })
    .optional(),
  answer: noContent,
  failures: ['nothing_to_end'],

  async handle({ body, runtime, caller }) {
    const shown = body?.refresh_token
    if (!caller && !shown) throw fail('nothing_to_end')
    const session = shown
      ? await sessionOfRefreshToken(runtime, shown)
      : await runtime.store.sessions.find(sessionOf(caller))
    if (!session) return undefined
    if (body?.everywhere) await endSessions(runtime, session.userId, 'logout')
    else await endSession(runtime, session.userId, session.id, 'logout')
    return undefined
  },
})

/** Where am I signed in? */
export const sessions = route({
  method: 'GET',
  path: '/sessions',
  summary: 'List the sessions of the user whom the token belongs to',
  access: 'user',
  answer: z.strictObject({
    sessions: z.array(
      z.strictObject({
        id: z.string(),
        current: z.boolean(),
        device: z.string(),
        address: z.string().nullable(),
        created_at: z.int(),
        last_used_at: z.int(),
        expires_at: z.int(),
        amr: z.array(z.string()).readonly(),
      }),
    ),
  }),
  failures: [],

  async handle({ runtime, principal }) {
    const { store, clock } = runtime
    const list = await store.sessions.listAlive(principal().subject, clock.now())
    const current = sessionOf(principal())
    return {
      sessions: list.map((session) => ({
        id: session.id,
        current: session.id === current,
        device: deviceOf(session.userAgent),
        address: session.address,
        created_at: session.createdAt,
        last_used_at: session.lastUsedAt,
        expires_at: Math.min(session.expiresAt, session.idleExpiresAt),
        amr: session.amr,
      })),
    }
  },
})

/** Sign one device out. */
export const endOne = route({
  method: 'DELETE',
  path: '/sessions/:id',
  summary: 'End one session of the user whom the token belongs to',
  access: 'user',
  answer: noContent,
  failures: ['session_unknown'],

  async handle({ runtime, principal, params }) {
    await endSession(runtime, principal().subject, params['id'] ?? '', 'ended_by_user')
    return undefined
  },
})

/** Sign every other device out. */
export const endOthers = route({
  method: 'DELETE',
  path: '/sessions',
  summary: 'End all sessions of the user whom the token belongs to, but for the one of the token',
  access: 'user',
  answer: z.strictObject({ ended: z.int().nonnegative() }),
  failures: [],

  async handle({ runtime, principal }) {
    const { subject } = principal()
    const ended = await endSessions(runtime, subject, 'ended_by_user', sessionOf(principal()))
    return { ended: ended.length }
  },
})
