import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { judgeRedirectUri } from '../clients/application.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import { isBelowPolicy, type FactorPolicy } from '../factors/factor-policy.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Client } from '../clients/client.ts'
import { proofUsed, type Proof } from '../clients/proof.ts'
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

/** The dependencies of {@link beginGrant}, besides the transaction. */
export interface BeginGrantDeps extends RecordDeps {
  readonly policies: { readonly sessions: SessionPolicy; readonly factors: FactorPolicy }
}

/** The dependencies of {@link redeemCode}. */
export interface RedeemDeps extends BeginGrantDeps {
  readonly store: Transactions<SessionTx & ClientTables & CodeTables> & CodeTables
}

/** The parameters that an application sends with its code (RFC 6749, section 4.1.3; RFC 7636, section 4.5). */
export interface PresentedCode {
  readonly code: Secret
  /** The verifier of PKCE; undefined if the request had no challenge. */
  readonly verifier: string | undefined
  /** The redirect URI of the request; optional, because the verifier proves more (OAuth 2.1, section 10.2). */
  readonly redirectUri: string | undefined
  /** The resource of the request, if it is said again (RFC 8707, section 2.2). */
  readonly resource: string | undefined
  /** Binds the refresh token of a public client to the key of the proof. */
  readonly proof: Proof | undefined
}

/** A grant that has just begun, with the `nonce` of its ID token. */
export interface RedeemedCode {
  readonly granted: SessionGrant
  readonly nonce: string | null
}

/** The most grants of applications that a user has. With one more, the one that was unused for longest ends. */
export const maxGrantsPerUser = 200

/** The reason why a code cannot be exchanged, for the operator; the application gets one answer for all. */
type CodeProblem =
  | 'code_unknown'
  | 'code_of_another_client'
  | 'redirect_uri_differs'
  | 'redirect_uri_removed'
  | 'verifier_wrong'
  | 'key_differs'
  | 'code_expired'
  | 'code_used'
  | 'sign_in_ended'

/**
 * Exchanges the code of an application for a grant (RFC 6749, section 4.1.3), once: the code, the grant and its audit event are written in one
 * transaction. A second use that is right in everything else ends the grant of the first: two parties hold the code (section 4.1.2). A wrong
 * client, verifier, key or redirect URI changes nothing, so that a program that has only seen the code ends nothing. Fails with `grant_invalid`,
 * `target_invalid` and `dpop_proof_invalid`.
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
    const found = await lockApproval(deps, tx, seen)
    const code = await tx.authorizationCodes.lock(hash)
    if (code?.grantId) {
      await endReused(deps, tx, code)
      return 'code_used'
    }
    if (!code || !found) return 'sign_in_ended'
    const { application } = found.client
    if (!application || !judgeRedirectUri(code.redirectUri, application))
      return 'redirect_uri_removed'
    const { proof } = presented
    if (proof && !(await tx.clients.useAssertion(proof.id, proof.expiresAt))) return 'proof_used'
    const locked = { ...found, proof }
    return beginGrant(deps, tx, locked, (grant) => tx.authorizationCodes.setGrant(hash, grant))
  })
  if (verdict === 'proof_used') throw proofUsed()
  if (typeof verdict !== 'string') return { granted: verdict, nonce: seen.nonce }
  throw fail('grant_invalid', { facts: { problem: verdict, client: client.id } })
}

/** Judges a code as it was found. Pure. */
export function judgeCode(
  code: AuthorizationCode | undefined,
  { id }: Pick<Client, 'id'>,
  { verifier, redirectUri, proof }: PresentedCode,
  now: Seconds,
): CodeProblem | undefined {
  if (!code) return 'code_unknown'
  if (code.clientId !== id) return 'code_of_another_client'
  if ((redirectUri ?? code.redirectUri) !== code.redirectUri) return 'redirect_uri_differs'
  if (!isProven(verifier, code.challenge)) return 'verifier_wrong'
  if (code.jkt !== null && code.jkt !== proof?.jkt) return 'key_differs'
  if (code.grantId !== null) return 'code_used'
  return now < code.expiresAt ? undefined : 'code_expired'
}

/** A verifier without a challenge is wrong, too: an attacker may have removed the challenge from the request (RFC 9700, section 4.8). */
function isProven(verifier: string | undefined, challenge: string | null): boolean {
  if (challenge === null) return verifier === undefined
  return verifier !== undefined && judgePkce(verifier, challenge)
}

async function endReused(
  deps: BeginGrantDeps,
  tx: SessionTx,
  code: AuthorizationCode,
): Promise<void> {
  const { userId, grantId } = code
  if (grantId !== null) await endSessionIn(deps, tx, { userId, id: grantId, reason: 'code_reused' })
}

/** The access that a user has agreed to. */
export interface Approval {
  readonly clientId: string
  readonly userId: string
  /** The sign-in of the user who agreed. */
  readonly sessionId: string
  readonly scopes: readonly string[]
  /** The audience of the access tokens. */
  readonly resource: string
}

/** An approval that still counts: user, sign-in and client are locked. */
export interface LockedApproval {
  readonly approval: Approval
  readonly client: Client
  readonly user: User
  readonly signIn: Session
  readonly proof: Proof | undefined
}

/** Locks the user, the sign-in and the client of an approval; returns `undefined` if one of them is gone, disabled or has ended. The code is locked after them. */
export async function lockApproval(
  { clock, policies }: Pick<BeginGrantDeps, 'clock' | 'policies'>,
  tx: SessionTx & ClientTables,
  approval: Approval,
): Promise<Omit<LockedApproval, 'proof'> | undefined> {
  const found = await tx.users.lock(approval.userId)
  const signIn = await tx.sessions.lock(approval.sessionId)
  const client = await tx.clients.lock(approval.clientId) // a change of its rights, which renews its grants, must not miss this one
  const isAlive = signIn && stateOf(signIn, clock.now()) === 'alive'
  if (!client || !found || found.user.disabledAt !== null || !isAlive) return undefined
  if (isBelowPolicy(policies.factors, found.user, signIn)) return undefined
  return { approval, client, user: found.user, signIn }
}

/** Begins the grant of a locked approval, as the last step of a transaction. `take` marks its code, which is locked too, as used. */
export async function beginGrant(
  deps: BeginGrantDeps,
  tx: SessionTx,
  locked: LockedApproval,
  take: (grantId: string) => Promise<void>,
): Promise<SessionGrant> {
  const { approval, user } = locked
  const token = newRefreshToken(deps.random)
  const hashes = { handle: hashOf(token.handle), secret: hashOf(token.secret) }
  const unindexed = newGrant(deps, locked)
  const add = (one: StatusIndex) => tx.sessions.add({ ...unindexed, status: one }, hashes)
  const session = { ...unindexed, status: await assignStatusIndex(deps, tx, add) }
  await take(session.id)
  const keep = { kind: 'application', except: session.id, others: maxGrantsPerUser - 1 } as const
  const ended = await tx.sessions.endUnused(user.id, session.createdAt, 'too_many', keep)
  const { clientId: client, scopes, resource } = approval
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
  { clock, random, policies }: BeginGrantDeps,
  { approval, client, signIn, proof }: LockedApproval,
): Session {
  const now = clock.now()
  const { idleLifetime, lifetime } = policies.sessions
  const outlives = approval.scopes.includes('offline_access')
  const expiresAt = outlives ? now + lifetime : signIn.expiresAt
  return {
    id: `g_${random.bytes(16).toString('base64url')}`,
    userId: approval.userId,
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
      scopes: approval.scopes,
      resource: approval.resource,
      parentId: outlives ? null : signIn.id,
      jkt: (client.application?.isPublic && proof?.jkt) || null, // others authenticate (RFC 9449, section 5)
    },
  }
}
