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
import { isBelowPolicy, type FactorPolicy } from '../factors/factor-policy.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import { endOwn, holdsSession, type SessionOwner } from '../sessions/end-sessions.ts'
import type { Session } from '../sessions/session.ts'
import type { SessionTables, SessionTx } from '../sessions/sessions.ts'
import type { MailTx } from '../mail/codes.ts'

const maxTokensPerUser = 100
const day: Seconds = 86_400
const maxLifetime: Seconds = 366 * day

/** The lifetime of an API token unless another is asked for. */
export const defaultTokenLifetime: Seconds = 90 * day

type ApiTokenTx = SessionTx & MailTx & ClientTables & ResourceTables

/** The dependencies of making and revoking API tokens. */
export interface ApiTokenDeps extends RecordDeps {
  readonly policies: TargetDeps['policies'] & { readonly factors: FactorPolicy }
  readonly store: Transactions<ApiTokenTx> & SessionTables
}

/** The description of a new API token, from its user. */
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
 * `api_token_unacceptable`, `scope_unacceptable`, `resource_unknown`, `api_tokens_too_many`, `session_ended`, and `second_factor_missing`.
 */
export async function makeApiToken(
  deps: ApiTokenDeps,
  owner: TokenOwner,
  said: ApiTokenText,
): Promise<NewApiToken> {
  const draft = newApiToken(deps, owner.userId, said)
  const verdict = await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return 'session_ended'
    const session = await tx.sessions.find(owner.sessionId)
    // With the password, the tokens of its own session were replaced: the request may be that of a thief who had a copy.
    if (!session || (owner.token && hasFormerStatus(owner.token, session))) return 'session_ended'
    const found = await tx.users.lock(owner.userId)
    if (!found || isBelowPolicy(deps.policies.factors, found.user, session))
      return 'second_factor_missing'
    return addIn(deps, tx, { ...draft, session: { ...draft.session, amr: session.amr } })
  })
  return orRefuse(verdict)
}

/**
 * Makes an API token for a user, as an administrator; none for a user who is disabled. Fails as {@link makeApiToken} does, with `user_unknown`, and
 * as {@link transactionAs} does.
 */
export async function makeApiTokenOf(
  deps: ApiTokenDeps,
  userId: string,
  said: ApiTokenText,
  by: Actor,
): Promise<NewApiToken> {
  const draft = newApiToken(deps, userId, said)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(userId)
    if (!found) return 'user_unknown'
    if (found.user.disabledAt !== null) return 'user_disabled'
    if (isBelowPolicy(deps.policies.factors, found.user, draft.session))
      return 'factor_required_of_user'
    return addIn(deps, tx, draft, by)
  })
  return orRefuse(verdict)
}

/** Revokes an API token of the signed-in user, at every API at once. Fails with `api_token_unknown` and `session_ended`. */
export async function revokeApiToken(
  deps: ApiTokenDeps,
  owner: SessionOwner,
  id: string,
): Promise<void> {
  if ((await endOwn(deps, owner, id, 'api_token')) === 'unknown') throw fail('api_token_unknown')
}

type Refusal =
  | 'session_ended'
  | 'second_factor_missing'
  | 'user_unknown'
  | 'user_disabled'
  | 'factor_required_of_user'
  | 'resource_unknown'
  | 'scope_unacceptable'
  | 'api_tokens_too_many'

function orRefuse(verdict: NewApiToken | Refusal): NewApiToken {
  if (typeof verdict === 'object') return verdict
  if (verdict === 'user_disabled')
    throw fail('api_token_unacceptable', { detail: 'the user is disabled; enable them first' })
  if (verdict === 'factor_required_of_user')
    throw fail('api_token_unacceptable', {
      detail:
        'the user must have a second factor, so only they can make one, after they have proven it; use a service account',
    })
  if (verdict === 'scope_unacceptable')
    throw fail(verdict, {
      detail: `an API token has at least one scope of its resource, or ${rolesScope}`,
    })
  throw fail(verdict)
}

async function addIn(
  deps: ApiTokenDeps,
  tx: ApiTokenTx,
  { session, secret }: NewApiToken,
  by?: Actor,
): Promise<NewApiToken | Refusal> {
  const { userId, id, createdAt, grant } = session
  await tx.lock('clients') // from here the resource stays as it is, and a later change of it renews or ends this token
  const target = await findTarget({ store: tx, policies: deps.policies }, grant?.resource ?? '')
  if (!target) return 'resource_unknown'
  if (!mayHave(grant?.scopes ?? [], target.scopes)) return 'scope_unacceptable'
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
function newApiToken(
  { clock, random, root, policies }: ApiTokenDeps,
  userId: string,
  { name, scopes, resource, lifetime = defaultTokenLifetime }: ApiTokenText,
): NewApiToken {
  const now = clock.now()
  const expiresAt = now + parseLifetime(lifetime)
  const grant = {
    kind: 'api_token',
    name: parseTokenName(name),
    clientId: null,
    scopes: parseScopes(scopes),
    resource: resource ?? policies.tokens.audience,
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

/** Judges the scopes of an API token: at least one, or every route without a scope would be open to it. Those of the admin API are for service accounts. */
function mayHave(scopes: readonly string[], known: ReadonlySet<string>): boolean {
  const isKnown = (one: string) =>
    one === rolesScope || (known.has(one) && !one.startsWith('admin:'))
  return scopes.length > 0 && scopes.every(isKnown)
}
