import { fail } from '../../failures.ts'
import { isDeepStrictEqual } from 'node:util'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import { meetsAcr } from '../factors/factor-policy.ts'
import { isClaimed } from '../clients/application.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import type { Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import type { Locks, Transactions } from '../kernel/transactions.ts'
import { holdsSession, type SessionOwner } from '../sessions/end-sessions.ts'
import type { Session } from '../sessions/session.ts'
import type { SessionTables, SessionTx } from '../sessions/sessions.ts'
import type { CodeTables } from './authorization-codes.ts'
import type { AuthorizationRequest, RefusedRequest } from './authorization-request.ts'
import type { PushedRequestTables } from './pushed-request.ts'

/** The dependencies of {@link approveRequest}. */
export interface ApproveDeps extends RecordDeps {
  readonly store: Transactions<
    SessionTx & ClientTables & CodeTables & PushedRequestTables & Locks
  > &
    SessionTables
  readonly clock: Clock
  readonly random: Random
}

const codeLifetime: Seconds = 60 // the application exchanges it at once

/**
 * Makes the code of a request that the signed-in user has approved (RFC 6749, section 4.1.2): 32 random bytes, of which a hash is stored. Fails with
 * `session_ended`, with `client_unknown` if the application was removed meanwhile, and with `authorization_request_invalid` if a pushed request has made a code already.
 */
export async function approveRequest(
  deps: ApproveDeps,
  { client, redirectUri, challenge, scopes, resource, nonce, jkt, pushed }: AuthorizationRequest,
  owner: SessionOwner,
): Promise<Secret> {
  const code = new Secret(deps.random.bytes(32).toString('base64url'))
  const verdict = await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return 'session_ended'
    const isNew = isDocumentClient(client) && (await keepDocumentClient(tx, client)) === 'added'
    const current = await tx.clients.find(client.id)
    if (!current?.application?.redirectUris.length) return 'client_unknown'
    if (pushed !== undefined && !(await tx.pushedRequests.use(pushed.hash, deps.clock.now())))
      return 'authorization_request_invalid'
    await tx.authorizationCodes.add(hashOf(code), {
      clientId: client.id,
      ...owner,
      redirectUri,
      challenge,
      scopes,
      resource,
      nonce: nonce ?? null,
      jkt: jkt ?? null,
      expiresAt: deps.clock.now() + codeLifetime,
      grantId: null,
    })
    const facts = { client: client.id, scopes: [], by: owner.userId }
    if (isNew) await recordEvents(deps, tx, { type: 'client_added', facts })
    return 'made'
  })
  if (verdict !== 'made') throw fail(verdict)
  return code
}

/**
 * Stores an application with a metadata document when a user agrees to it, as its document is now, so that administrators see and remove it as any other. A new
 * one is added under the lock of resources: one that is no longer open must renew its grants.
 */
async function keepDocumentClient(
  tx: ClientTables & Locks,
  client: Client,
): Promise<'added' | 'known'> {
  const known = await tx.clients.lock(client.id)
  if (!known) {
    await tx.lock('clients')
    return (await tx.clients.add(client)) ? 'added' : 'known' // another user may have agreed at the same time
  }
  const { application, jwks } = client
  if (!isDeepStrictEqual([known.application, known.jwks], [application, jwks]))
    await tx.clients.setDocument(client)
  return 'known'
}

/** The step that a request needs from its user before it is answered. */
export type NextStep = 'sign_in' | 'consent' | 'approve' | 'unmet' | 'other_user'

/** The longest time between the request of an application and the sign-in that it asked for. */
const maxSignInTime: Seconds = 600

/**
 * Judges what a request needs of the user: another sign-in if the application asks for one (`prompt=login`, `max_age`, `acr_values`), unless there was
 * one since `askedAt`, or if its ID token names another user (`isOther`); nothing that helps if that one has not proven what `acr_values` names, or is
 * still another user; and consent, unless the user has agreed to as much, or the application needs none. Pure.
 */
export function judgeNextStep(
  request: Pick<
    AuthorizationRequest,
    'client' | 'redirectUri' | 'prompts' | 'maxAge' | 'acrValues' | 'scopes' | 'resource'
  >,
  session: Pick<Session, 'authenticatedAt' | 'amr'>,
  {
    grants,
    askedAt,
    now,
    isOther = false,
  }: {
    readonly grants: readonly Session[]
    readonly askedAt: Seconds | undefined
    readonly now: Seconds
    readonly isOther?: boolean
  },
): NextStep {
  const { prompts, maxAge = Infinity } = request
  const isWeak = !meetsAcr(session.amr, request.acrValues)
  const isOld = now - session.authenticatedAt > maxAge || prompts.includes('login')
  const isAnswered =
    askedAt !== undefined && now - askedAt <= maxSignInTime && session.authenticatedAt >= askedAt
  if ((isOld || isWeak || isOther) && !isAnswered) return 'sign_in'
  if (isOther) return 'other_user'
  if (isWeak) return 'unmet' // the user has just signed in, as well as they can
  if (prompts.includes('consent') || prompts.includes('select_account')) return 'consent'
  return isAgreed(request, grants) ? 'approve' : 'consent'
}

/**
 * Judges the answer of a user to the page that asks for consent: it counts for the user who was asked (`user`), and not for another one who has signed
 * in to the same browser since (`by`), who is then asked. Pure.
 */
export function judgeConsent(
  next: NextStep,
  {
    user,
    by,
    decision,
  }: { readonly user: string; readonly by: string; readonly decision: 'allow' | 'deny' },
): 'sign_in' | 'unmet' | 'other_user' | 'ask' | 'allowed' | 'denied' {
  if (next === 'sign_in' || next === 'unmet' || next === 'other_user') return next
  if (user !== by) return 'ask'
  return decision === 'allow' ? 'allowed' : 'denied'
}

/** Returns whether a user has agreed before. Another program can claim a loopback port or a private scheme, so there the user is asked each time (RFC 8252, section 8.6), and for an application that the operator does not know. */
function isAgreed(
  { client, redirectUri, scopes, resource }: Parameters<typeof judgeNextStep>[0],
  grants: readonly Session[],
): boolean {
  if (client.application?.isPublic && !isClaimed(redirectUri)) return false
  if (isDocumentClient(client)) return false
  if (client.application?.skipsConsent) return true
  return grants.some(
    ({ grant }) =>
      grant?.clientId === client.id &&
      grant.resource === resource &&
      scopes.every((one) => grant.scopes.includes(one)),
  )
}

/** Returns why a request that must show the user nothing cannot be answered (OpenID Connect Core, section 3.1.2.6). Pure. */
export function refusedSilently(needed: 'sign_in' | 'consent'): RefusedRequest {
  return needed === 'sign_in'
    ? { error: 'login_required', description: 'the user must sign in' }
    : { error: 'consent_required', description: 'the user must agree' }
}

/** The answer to a request about another user than the one who has signed in: their tokens must not take the place of those of that user (section 3.1.2.2). */
export const otherUserRequest: RefusedRequest = {
  error: 'login_required',
  description: 'another user is signed in than the one of id_token_hint',
}

/** The answer to a request for an authentication that its user cannot give (RFC 9470, section 5). */
export const unmetRequest: RefusedRequest = {
  error: 'unmet_authentication_requirements',
  description: 'the user has no factor of the classes in acr_values',
}
