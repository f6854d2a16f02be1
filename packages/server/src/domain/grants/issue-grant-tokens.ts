import type { Clock } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { ClientTables } from '../clients/clients.ts'
import { assertProofOf, confirmationOf, type Proof } from '../clients/proof.ts'
import { rolesScope } from '../clients/resource.ts'
import { authenticationClaims } from '../authentication/access-token.ts'
import type { TokenIssuer } from '../kernel/ports.ts'
import type { Secret } from '../kernel/secret.ts'
import {
  scopeClaim,
  signFor,
  type MachineToken,
  type MachineTokenDeps,
} from '../machines/issue-client-token.ts'
import { expiryOf, type SessionGrant } from '../sessions/session.ts'
import { mayHave } from './authorization-request.ts'
import { targetOf } from './find-request.ts'
import { idTokenClaims } from './id-token.ts'

/** The dependencies of {@link issueGrantTokens}. */
export interface GrantTokenDeps extends Omit<MachineTokenDeps, 'store' | 'issuer'> {
  readonly store: Pick<MachineTokenDeps['store'], 'resources'> & ClientTables
  readonly clock: Clock
  readonly issuer: Pick<TokenIssuer, 'url' | 'signerFor' | 'idTokenSignerFor'>
}

/** The tokens of an application. */
export interface GrantTokens extends MachineToken {
  readonly refreshToken: Secret
  /** The ID token, if the scope `openid` was given. */
  readonly idToken: string | undefined
}

/** The options of {@link issueGrantTokens}. */
export interface IssueOptions {
  /** Fewer scopes than those of the grant. */
  readonly scopes?: readonly string[] | undefined
  /** The `nonce` of the ID token. */
  readonly nonce?: string | null
  /** Binds the access token to the key of the proof. */
  readonly proof?: Proof | undefined
}

/**
 * Issues the tokens of a grant that has just begun or was refreshed: an access token of RFC 9068, and an ID token with the scope `openid`. What the
 * application and its resource may is read after the status index: if it changes in between, the token has the old index, and is revoked. Fails
 * with `grant_invalid`, `target_invalid`, `scope_invalid` and `dpop_proof_invalid`.
 */
export async function issueGrantTokens(
  deps: GrantTokenDeps,
  { session, user, refreshToken }: SessionGrant,
  { scopes: asked, nonce = null, proof }: IssueOptions,
): Promise<GrantTokens> {
  const { issuer, clock, store } = deps
  const { grant } = session
  const client = await store.clients.find(grant?.clientId ?? '')
  if (!client?.application || !grant)
    throw fail('grant_invalid', { facts: { problem: 'client_removed', session: session.id } })
  assertProofOf(client.application, proof)
  const target = await targetOf(deps, client, grant.resource ?? '')
  if (!target) throw fail('target_invalid')
  const may = mayHave(client, target)
  const scopes = (asked ?? grant.scopes).filter((one) => may.includes(one))
  if (scopes.length === 0) throw fail('scope_invalid') // without a scope it would be the token of a sign-in
  const now = clock.now()
  const lifetime = Math.max(1, Math.min(target.lifetime, expiryOf(session) - now))
  const claims = {
    sub: user.id,
    aud: target.audience,
    client_id: client.id,
    sid: session.id,
    username: user.name,
    ...authenticationClaims(session),
    ...scopeClaim(scopes),
    ...(scopes.includes(rolesScope) && user.roles.length > 0 ? { roles: user.roles } : {}),
    ...confirmationOf(proof),
  }
  const token = signFor(deps, session, target, { claims, scopes, lifetime })
  const idToken = scopes.includes('openid')
    ? issuer
        .idTokenSignerFor(client.application.idTokenAlgorithm)
        .sign(idTokenClaims(user, session, { scopes, nonce }), lifetime)
    : undefined
  return { ...token, refreshToken, idToken }
}
