import type { Claims, Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs } from '../administration/transaction-as.ts'
import { hasFormerStatus } from '../authentication/access-token.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { ClientTables } from '../clients/clients.ts'
import { newApiTokenSecret } from '../clients/machine-secret.ts'
import { parseScopes, rolesScope } from '../clients/resource.ts'
import type { ResourceTables } from '../clients/resources.ts'
import { findTarget, type TargetDeps } from '../clients/target.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import { endSessionIn, holdsSession, type SessionOwner } from '../sessions/end-sessions.ts'
import type { Session } from '../sessions/session.ts'
import type { SessionTables, SessionTx } from '../sessions/sessions.ts'
import type { MailTx } from '../mail/codes.ts'

const maxTokensPerUser = 100
const day: Seconds = 86_400
const maxLifetime: Seconds = 366 * day

/** The lifetime of an API token unless another is asked for. */
export const defaultTokenLifetime: Seconds = 90 * day

/** What making and revoking API tokens needs. */
export interface ApiTokenDeps extends RecordDeps, TargetDeps {
  readonly store: Transactions<SessionTx & MailTx & ClientTables & ResourceTables> &
    SessionTables &
    ResourceTables
}

/** What a user says of a new API token. */
export interface ApiTokenText {
  readonly name: string
  readonly scopes: readonly string[]
  /** The audience; that of this server unless given. */
  readonly resource?: string | undefined
  readonly lifetime?: Seconds | undefined
}

/** The signed-in user who makes an API token. */
export interface TokenOwner extends SessionOwner {
  /** The claims of the access token of the request; pages have none, because they read the session and ask for the password. */
  readonly token?: Claims
}

/** A new API token with its secret, which is shown once. */
export interface NewApiToken {
  readonly session: Session
  readonly secret: Secret
}

/**
 * Makes an API token for the signed-in user: it acts for them, with its scopes and at its resource, until it expires or is revoked. Fails with
 * `api_token_unacceptable`, `scope_unacceptable`, `resource_unknown`, `api_tokens_too_many`, and `session_ended`.
 */
export async function makeApiToken(
  deps: ApiTokenDeps,
  owner: TokenOwner,
  said: ApiTokenText,
): Promise<NewApiToken> {
  const draft = await newApiToken(deps, owner.userId, said)
  const verdict = await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return 'session_ended'
    const session = await tx.sessions.find(owner.sessionId)
    // With the password, the tokens of its own session were replaced: the request may be that of a thief who had a copy.
    if (!session || (owner.token && hasFormerStatus(owner.token, session))) return 'session_ended'
    return addIn(deps, tx, draft)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/** Makes an API token for a user, as an administrator. Fails as {@link makeApiToken} does, with `user_unknown`, and as {@link transactionAs} does. */
export async function makeApiTokenOf(
  deps: ApiTokenDeps,
  userId: string,
  said: ApiTokenText,
  by: Actor,
): Promise<NewApiToken> {
  const draft = await newApiToken(deps, userId, said)
  const verdict = await transactionAs(deps, by, async (tx) =>
    (await tx.users.lock(userId)) ? addIn(deps, tx, draft, by) : 'user_unknown',
  )
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/** Revokes an API token of the signed-in user, at every API at once. Fails with `api_token_unknown` and `session_ended`. */
export async function revokeApiToken(
  deps: ApiTokenDeps,
  owner: SessionOwner,
  id: string,
): Promise<void> {
  const { userId } = owner
  const verdict = await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return 'session_ended'
    const session = await tx.sessions.lock(id)
    if (session?.userId !== userId || session.grant?.kind !== 'api_token')
      return 'api_token_unknown'
    await endSessionIn(deps, tx, { userId, id, reason: 'ended_by_user' })
    return 'revoked'
  })
  if (verdict !== 'revoked') throw fail(verdict)
}

async function addIn(
  deps: ApiTokenDeps,
  tx: SessionTx,
  { session, secret }: NewApiToken,
  by?: Actor,
): Promise<NewApiToken | 'api_tokens_too_many'> {
  const { userId, id, createdAt, grant } = session
  await tx.lock('clients') // a change of the resource, which renews its API tokens, must not miss this one
  if ((await tx.sessions.listGrants(userId, 'api_token', createdAt)).length >= maxTokensPerUser)
    return 'api_tokens_too_many'
  const hashes = { handle: hashOf(secret), secret: '' } // it has one part, and is not exchanged for another
  const take = (status: StatusIndex) => tx.sessions.add({ ...session, status }, hashes)
  const status = await assignStatusIndex(deps, tx, take)
  const facts = { scopes: grant?.scopes ?? [], resource: grant?.resource ?? '', by: nameOf(by) }
  await recordEvents(deps, tx, { type: 'api_token_made', user: userId, session: id, facts })
  return { session: { ...session, status }, secret }
}

/** Returns a new API token, before it has a status index. */
async function newApiToken(
  deps: ApiTokenDeps,
  userId: string,
  { name, scopes: texts, resource, lifetime = defaultTokenLifetime }: ApiTokenText,
): Promise<NewApiToken> {
  const { clock, random, root, policies } = deps
  const target = await findTarget(deps, resource ?? policies.tokens.audience)
  if (!target) throw fail('resource_unknown')
  const now = clock.now()
  const expiresAt = now + parseLifetime(lifetime)
  const grant = {
    kind: 'api_token',
    name: parseTokenName(name),
    clientId: null,
    scopes: parseTokenScopes(texts, target.scopes),
    resource: target.audience,
    parentId: null,
    jkt: null,
  } as const
  const session = {
    id: `t_${random.bytes(16).toString('base64url')}`,
    userId,
    createdAt: now,
    lastUsedAt: now,
    authenticatedAt: now,
    amr: [],
    userAgent: null,
    address: null,
    idleExpiresAt: expiresAt,
    expiresAt,
    endedAt: null,
    endReason: null,
    status: null,
    grant,
  }
  return { session, secret: newApiTokenSecret(random, root) }
}

function parseTokenName(text: string): string {
  const name = text.trim().normalize('NFC')
  if (/^[^\p{C}]{1,64}$/u.test(name)) return name
  throw fail('api_token_unacceptable', {
    detail: 'the name must have 1 to 64 characters, without control characters',
  })
}

function parseLifetime(lifetime: Seconds): Seconds {
  if (lifetime >= 60 && lifetime <= maxLifetime) return lifetime
  throw fail('api_token_unacceptable', { detail: 'the lifetime must be from a minute to 366 days' })
}

/** Checks the scopes of an API token: at least one, or every route without a scope would be open to it. Those of the admin API are for service accounts. */
function parseTokenScopes(texts: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const scopes = parseScopes(texts)
  const isKnown = (one: string) =>
    one === rolesScope || (known.has(one) && !one.startsWith('admin:'))
  if (scopes.length > 0 && scopes.every(isKnown)) return scopes
  throw fail('scope_unacceptable', {
    detail: `an API token has at least one scope of its resource, or ${rolesScope}`,
  })
}
