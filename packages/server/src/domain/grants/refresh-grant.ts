import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import { useProof, type Proof } from '../clients/proof.ts'
import { judgeScope } from '../clients/target.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { endSessionIn } from '../sessions/end-sessions.ts'
import { presentedTokenOf } from '../sessions/next-refresh-token.ts'
import { tokenStateOf } from '../sessions/refresh-rotation.ts'
import { readRefreshToken } from '../sessions/refresh-token.ts'
import {
  endStolen,
  rotateRefreshToken,
  type RefreshDeps,
} from '../sessions/rotate-refresh-token.ts'
import { stateOf, type Grant, type SessionGrant } from '../sessions/session.ts'

/** The parameters that an application sends with its refresh token. */
export interface RefreshRequest {
  readonly from: ClientInfo
  /** The resource of the grant, if it is said again. */
  readonly resource?: string | undefined
  /** Fewer scopes for the access token; the grant keeps all. */
  readonly scope?: string | undefined
  /** The proof of the key that the grant is bound to, or that the next access token shall be bound to. */
  readonly proof?: Proof | undefined
}

/** A refreshed grant, and the scopes of its next access token. */
export interface RefreshedGrant {
  readonly granted: SessionGrant
  readonly scopes: readonly string[]
}

const refusals: ReadonlySet<string> = new Set([
  'refresh_token_unknown',
  'refresh_token_expired',
  'refresh_token_reused',
  'session_ended',
  'second_factor_missing',
])

/**
 * Exchanges the refresh token of an application for the next one (RFC 6749, section 6). It is bound to the application, and a retry within the grace
 * gets the same successor, as with the refresh token of a sign-in. The wrong key, or none, ends nothing: a copy of the token alone cannot sign the
 * user out. Fails with `grant_invalid`, `target_invalid`, `scope_invalid`, `dpop_proof_invalid` and `refresh_too_often`.
 */
export async function refreshGrant(
  deps: RefreshDeps & { readonly store: ClientTables },
  { id: clientId }: Pick<Client, 'id'>,
  presented: Secret,
  { from, resource, scope, proof }: RefreshRequest,
): Promise<RefreshedGrant> {
  // Judged before the token is exchanged: a client whose request is refused keeps the token that it has.
  const token = readRefreshToken(presented)
  const seen = token && (await deps.store.sessions.findByHandle(hashOf(token.handle)))
  const grant = seen?.session.grant
  if (grant?.clientId !== clientId)
    throw fail('grant_invalid', { facts: { problem: 'refresh_token_unknown', client: clientId } })
  if ((resource ?? grant.resource) !== grant.resource) throw fail('target_invalid')
  const scopes = judgeScope(scope, grant.scopes)
  if (await hasLostSignIn(deps, grant))
    throw fail('grant_invalid', { facts: { problem: 'sign_in_ended', client: clientId } })
  if (grant.jkt !== null && grant.jkt !== proof?.jkt)
    throw fail('grant_invalid', {
      facts: { problem: proof ? 'key_differs' : 'proof_missing', client: clientId },
    })
  await useProof(deps.store.clients, proof)
  const granted = await rotateRefreshToken(deps, presented, from, { clientId }).catch(
    (error: unknown) => {
      if (!isCountersignError(error) || !refusals.has(error.code)) throw error
      throw fail('grant_invalid', {
        facts: { problem: error.code, client: clientId, ...error.facts },
      })
    },
  )
  if (granted.user.disabledAt === null) return { granted, scopes }
  throw fail('grant_invalid', { facts: { problem: 'user_disabled', client: clientId } })
}

/**
 * Returns whether the sign-in has expired that a grant ends with: without `offline_access` an application has no access while its user is not signed
 * in (OpenID Connect Core, section 11). Nothing is locked: an expired sign-in stays so, and one that is ended has ended its grants.
 */
async function hasLostSignIn(
  { store, clock }: Pick<RefreshDeps, 'store' | 'clock'>,
  { parentId }: Pick<Grant, 'parentId'>,
): Promise<boolean> {
  if (parentId === null) return false
  const signIn = await store.sessions.find(parentId)
  return !signIn || stateOf(signIn, clock.now()) === 'expired'
}

/** Ends the grant of a refresh token of an application (RFC 7009): its access tokens are refused at once. A token that is not valid is no failure. */
export async function revokeRefreshToken(
  deps: RefreshDeps,
  { id: clientId }: Pick<Client, 'id'>,
  presented: Secret,
  from: ClientInfo,
): Promise<void> {
  const { store, clock, policies } = deps
  const token = readRefreshToken(presented)
  const found = token && (await store.sessions.findByHandle(hashOf(token.handle)))
  if (!found || found.session.grant?.clientId !== clientId) return
  const { session, rotation } = found
  const shown = presentedTokenOf(deps, { token }, rotation)
  if (tokenStateOf(rotation, shown, clock.now(), policies.sessions.grace) === 'used_up')
    return void (await endStolen(deps, session, token, from))
  const { userId, id } = session
  await store.transaction((tx) =>
    endSessionIn(deps, tx, { userId, id, reason: 'revoked_by_holder' }),
  )
}
