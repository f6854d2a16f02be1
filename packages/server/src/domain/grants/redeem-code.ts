import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { judgeRedirectUri } from '../clients/application.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Client } from '../clients/client.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import { endingOf, endSessionIn } from '../sessions/end-sessions.ts'
import { newRefreshToken, writeRefreshToken } from '../sessions/refresh-token.ts'
import {
  stateOf,
  type Session,
  type SessionGrant,
  type SessionPolicy,
} from '../sessions/session.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import type { User } from '../users/user.ts'
import type { AuthorizationCode, CodeTables } from './authorization-codes.ts'
import { judgePkce } from './pkce.ts'

/** What exchanging codes needs. */
export interface RedeemDeps extends RecordDeps {
  readonly store: Transactions<SessionTx & ClientTables & CodeTables> & CodeTables
  readonly policies: { readonly sessions: SessionPolicy }
}

/** What an application sends with its code (RFC 6749, section 4.1.3; RFC 7636, section 4.5). */
export interface PresentedCode {
  readonly code: Secret
  /** The verifier of PKCE; undefined if the request had no challenge. */
  readonly verifier: string | undefined
  /** The redirect URI of the request; optional, because the verifier proves more (OAuth 2.1, section 10.2). */
  readonly redirectUri: string | undefined
  /** The resource of the request, if it is said again (RFC 8707, section 2.2). */
  readonly resource: string | undefined
}

/** A grant that has just begun, with the `nonce` of its ID token. */
export interface RedeemedCode {
  readonly granted: SessionGrant
  readonly nonce: string | null
}

/** The most grants of applications that a user has. With one more, the one that was unused for longest ends. */
export const maxGrantsPerUser = 200

/** Why a code cannot be exchanged, for the operator; the application hears one answer for all. */
type CodeProblem =
  | 'code_unknown'
  | 'code_of_another_client'
  | 'redirect_uri_differs'
  | 'redirect_uri_removed'
  | 'verifier_wrong'
  | 'code_expired'
  | 'code_used'
  | 'sign_in_ended'

/**
 * Exchanges the code of an application for a grant (RFC 6749, section 4.1.3), once: the code, the grant and its audit event are written in one
 * transaction. A second use that is right in everything else ends the grant of the first: two parties hold the code (section 4.1.2). A wrong
 * client, verifier or redirect URI changes nothing, so that a program that has only seen the code ends nothing. Fails with `grant_invalid` and
 * `target_invalid`.
 */
export async function redeemCode(
  deps: RedeemDeps,
  client: Client,
  presented: PresentedCode,
): Promise<RedeemedCode> {
  const hash = hashOf(presented.code)
  const seen = await deps.store.authorizationCodes.find(hash)
  const problem = judgeCode(seen, client, presented, deps.clock.now())
  if (!seen || (problem && problem !== 'code_used'))
    throw fail('grant_invalid', {
      facts: { problem: problem ?? 'code_unknown', client: client.id },
    })
  if ((presented.resource ?? seen.resource) !== seen.resource) throw fail('target_invalid')
  const verdict = await deps.store.transaction(async (tx) => {
    const found = await tx.users.lock(seen.userId)
    const signIn = await tx.sessions.lock(seen.sessionId)
    const current = await tx.clients.lock(client.id) // a change of its rights, which renews its grants, must not miss this one
    const code = await tx.authorizationCodes.lock(hash)
    if (code?.grantId) {
      await endReused(deps, tx, code)
      return 'code_used'
    }
    const isAlive = signIn && stateOf(signIn, deps.clock.now()) === 'alive'
    if (!code || !current || !found || found.user.disabledAt !== null || !isAlive)
      return 'sign_in_ended'
    if (!current.application || !judgeRedirectUri(code.redirectUri, current.application))
      return 'redirect_uri_removed'
    return beginGrant(deps, tx, { code, hash, client, user: found.user, signIn })
  })
  if (typeof verdict !== 'string') return { granted: verdict, nonce: seen.nonce }
  throw fail('grant_invalid', { facts: { problem: verdict, client: client.id } })
}

/** Judges a code as it was found. Pure. */
export function judgeCode(
  code: AuthorizationCode | undefined,
  { id }: Pick<Client, 'id'>,
  { verifier, redirectUri }: PresentedCode,
  now: Seconds,
): CodeProblem | undefined {
  if (!code) return 'code_unknown'
  if (code.clientId !== id) return 'code_of_another_client'
  if ((redirectUri ?? code.redirectUri) !== code.redirectUri) return 'redirect_uri_differs'
  if (!isProven(verifier, code.challenge)) return 'verifier_wrong'
  if (code.grantId !== null) return 'code_used'
  return now < code.expiresAt ? undefined : 'code_expired'
}

/** A verifier without a challenge is wrong, too: an attacker may have removed the challenge from the request (RFC 9700, section 4.8). */
function isProven(verifier: string | undefined, challenge: string | null): boolean {
  if (challenge === null) return verifier === undefined
  return verifier !== undefined && judgePkce(verifier, challenge)
}

async function endReused(deps: RedeemDeps, tx: SessionTx, code: AuthorizationCode): Promise<void> {
  const { userId, grantId } = code
  if (grantId !== null) await endSessionIn(deps, tx, { userId, id: grantId, reason: 'code_reused' })
}

/** What a grant begins with. */
interface Beginning {
  readonly code: AuthorizationCode
  readonly hash: string
  readonly client: Client
  readonly user: User
  readonly signIn: Session
}

async function beginGrant(
  deps: RedeemDeps,
  tx: SessionTx & CodeTables,
  beginning: Beginning,
): Promise<SessionGrant> {
  const { code, hash, user } = beginning
  const token = newRefreshToken(deps.random)
  const hashes = { handle: hashOf(token.handle), secret: hashOf(token.secret) }
  const unindexed = newGrant(deps, beginning)
  const take = (one: StatusIndex) => tx.sessions.add({ ...unindexed, status: one }, hashes)
  const session = { ...unindexed, status: await assignStatusIndex(deps, tx, take) }
  await tx.authorizationCodes.setGrant(hash, session.id)
  const keep = { kind: 'application', except: session.id, others: maxGrantsPerUser - 1 } as const
  const ended = await tx.sessions.endUnused(user.id, session.createdAt, 'too_many', keep)
  const { clientId: client, scopes, resource } = code
  await recordEvents(
    deps,
    tx,
    { type: 'grant_made', user: user.id, session: session.id, facts: { client, scopes, resource } },
    ...ended.map((id) => endingOf(user.id, id, 'too_many')),
  )
  return { session, user, refreshToken: writeRefreshToken(token) }
}

/** Returns a grant that begins now, before it has a status index. Without `offline_access` it ends with its sign-in (OpenID Connect Core, section 11). */
function newGrant(
  { clock, random, policies }: RedeemDeps,
  { code, client, signIn }: Beginning,
): Session {
  const now = clock.now()
  const { idleLifetime, lifetime } = policies.sessions
  const outlives = code.scopes.includes('offline_access')
  const expiresAt = outlives ? now + lifetime : signIn.expiresAt
  return {
    id: `g_${random.bytes(16).toString('base64url')}`,
    userId: code.userId,
    createdAt: now,
    lastUsedAt: now,
    authenticatedAt: signIn.authenticatedAt,
    amr: signIn.amr,
    userAgent: null,
    address: null,
    idleExpiresAt: Math.min(now + idleLifetime, expiresAt),
    expiresAt,
    endedAt: null,
    endReason: null,
    status: null,
    grant: {
      kind: 'application',
      name: client.name,
      clientId: client.id,
      scopes: code.scopes,
      resource: code.resource,
      parentId: outlives ? null : signIn.id,
    },
  }
}
