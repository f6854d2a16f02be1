import { fail } from '../../failures.ts'
import { judgeApiTokenText } from '../clients/machine-secret.ts'
import { rolesScope } from '../clients/resource.ts'
import { confirmationOf, useProof } from '../clients/proof.ts'
import {
  findTarget,
  judgeScope,
  noTarget,
  type TargetDeps,
  type TokenTarget,
} from '../clients/target.ts'
import { isBelowPolicy, type FactorPolicy } from '../factors/factor-policy.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { clientNetworkOf } from '../limits/client-network.ts'
import { limitRate, type RateLimitDeps } from '../limits/limit-rate.ts'
import type { RequestLimits } from '../limits/limits.ts'
import { stateOf, type Session } from '../sessions/session.ts'
import type { FoundSession } from '../sessions/sessions.ts'
import {
  scopeClaim,
  signFor,
  type MachineToken,
  type MachineTokenDeps,
  type TokenRequest,
} from './issue-client-token.ts'

/** The dependencies of {@link exchangeApiToken}. */
export interface ExchangeDeps extends MachineTokenDeps, RateLimitDeps {
  readonly store: MachineTokenDeps['store'] & RateLimitDeps['store']
  readonly policies: MachineTokenDeps['policies'] & {
    readonly limits: Pick<RequestLimits, 'attempts'>
    readonly factors: FactorPolicy
  }
}

const minUseInterval = 60 // seconds between two writes of when an API token was used

/**
 * Exchanges an API token for a short access token with its status index (RFC 8693): guards verify that one without a call. Fails with
 * `grant_invalid` if the API token is unknown, expired or revoked, or its user is disabled; with `target_invalid` for another audience than its
 * own, `scope_invalid`, `dpop_proof_invalid`, and `limit_exceeded` after too many unknown ones from one network.
 */
export async function exchangeApiToken(
  deps: ExchangeDeps,
  presented: Secret,
  { resource, scope, proof }: TokenRequest,
  from: ClientInfo,
): Promise<MachineToken> {
  const { session, user } = await findApiToken(deps, presented, from)
  const now = deps.clock.now()
  const { target, scopes: may } = await rightsOf(deps, session)
  if ((resource ?? target.audience) !== target.audience)
    throw fail('target_invalid', { detail: 'the API token is for another resource' })
  const scopes = judgeScope(scope, may)
  await useProof(deps.store.clients, proof)
  const isFirstUse = session.lastUsedAt === session.createdAt
  if (isFirstUse || session.lastUsedAt <= now - minUseInterval)
    await deps.store.sessions.markUsed(session.id, now)
  const claims = {
    sub: user.id,
    aud: target.audience,
    client_id: 'countersign',
    sid: session.id,
    username: user.name,
    ...scopeClaim(scopes),
    ...(scopes.includes(rolesScope) && user.roles.length > 0 ? { roles: user.roles } : {}),
    ...confirmationOf(proof),
  }
  const lifetime = Math.max(1, Math.min(target.lifetime, session.expiresAt - now))
  return signFor(deps, session, target, { claims, scopes, lifetime })
}

/**
 * Reads what an API token may do now: its own scopes, of those that its resource still has. Fails with `target_invalid` if the resource was removed,
 * and with `scope_invalid` if no scope is left, because a token without one would be that of a sign-in.
 */
export async function rightsOf(
  deps: TargetDeps,
  { grant }: Pick<Session, 'grant'>,
): Promise<{ readonly target: TokenTarget; readonly scopes: readonly string[] }> {
  const target = await findTarget(deps, grant?.resource ?? '') // read after the status index, as for service accounts
  if (!target) throw fail('target_invalid', { detail: noTarget })
  const may = (one: string) => one === rolesScope || target.scopes.has(one)
  const scopes = grant?.scopes.filter(may) ?? []
  if (scopes.length === 0)
    throw fail('scope_invalid', { detail: 'the resource has no scope of the API token any more' })
  return { target, scopes }
}

/** Finds an API token that may be used. Fails as {@link exchangeApiToken} does. */
export async function findApiToken(
  deps: FindDeps,
  presented: Secret,
  from: ClientInfo,
): Promise<FoundSession> {
  const found = await findPresented(deps, presented, from)
  const { user, session } = found
  const isBelow = isBelowPolicy(deps.policies.factors, user, session)
  const problem = isBelow ? 'second_factor_missing' : 'user_disabled'
  if (user.disabledAt === null && !isBelow) return found
  throw fail('grant_invalid', { facts: { problem, session: session.id } })
}

type FindDeps = Pick<ExchangeDeps, 'store' | 'clock' | 'root' | 'policies'>

/**
 * Finds an API token that is alive, also that of a user who is disabled. Its checksum is checked first, so that a mistyped one costs no query. Fails
 * with `grant_invalid` and `limit_exceeded`.
 */
export async function findPresented(
  deps: FindDeps,
  presented: Secret,
  from: ClientInfo,
): Promise<FoundSession> {
  const judged = judgeApiTokenText(presented, deps.root)
  if (judged === 'malformed') throw fail('grant_invalid', { facts: { problem: 'malformed' } })
  const found = await deps.store.sessions.findByHandle(hashOf(presented))
  if (found?.session.grant?.kind === 'api_token') {
    const state = stateOf(found.session, deps.clock.now())
    if (state === 'alive') return found
    throw fail('grant_invalid', { facts: { problem: state, session: found.session.id } })
  }
  const { attempts } = deps.policies.limits
  const network = from.address === undefined ? '' : clientNetworkOf(from.address)
  // One that this server has made, and that was deleted since, is no guess: a limit would make a guard wait that has to ask about good ones.
  if (attempts && judged === 'made_up')
    await limitRate(deps, attempts, 'unknown-tokens-from-network', network)
  throw fail('grant_invalid', { facts: { problem: 'unknown' } })
}
