import { fail } from '../../failures.ts'
import { isMachineSecret } from '../clients/machine-secret.ts'
import { rolesScope } from '../clients/resource.ts'
import { findTarget, judgeScope } from '../clients/target.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { clientNetworkOf } from '../limits/client-network.ts'
import { limitRate, type RateLimitDeps } from '../limits/limit-rate.ts'
import type { RequestLimits } from '../limits/limits.ts'
import { stateOf } from '../sessions/session.ts'
import type { FoundSession } from '../sessions/sessions.ts'
import {
  scopeClaim,
  signFor,
  type MachineToken,
  type MachineTokenDeps,
  type TokenRequest,
} from './issue-client-token.ts'

/** What exchanging an API token needs. */
export interface ExchangeDeps extends MachineTokenDeps, RateLimitDeps {
  readonly store: MachineTokenDeps['store'] & RateLimitDeps['store']
  readonly policies: MachineTokenDeps['policies'] & {
    readonly limits: Pick<RequestLimits, 'attempts'>
  }
}

const minUseInterval = 60 // seconds between two writes of when an API token was used

/**
 * Exchanges an API token for a short access token with its status index (RFC 8693): guards verify that one without a call. Fails with
 * `grant_invalid` if the API token is unknown, expired or revoked, or its user is disabled; with `target_invalid` for another audience than its
 * own, `scope_invalid`, and `limit_exceeded` after too many unknown ones from one network.
 */
export async function exchangeApiToken(
  deps: ExchangeDeps,
  presented: Secret,
  { resource, scope }: TokenRequest,
  from: ClientInfo,
): Promise<MachineToken> {
  const { session, user } = await findApiToken(deps, presented, from)
  const { grant } = session
  const now = deps.clock.now()
  if (!grant || (resource ?? grant.resource) !== grant.resource || grant.resource === null)
    throw fail('target_invalid')
  const target = await findTarget(deps, grant.resource) // read after the status index, as for service accounts
  if (!target) throw fail('target_invalid')
  const may = (one: string) => one === rolesScope || target.scopes.has(one)
  const scopes = judgeScope(scope, grant.scopes.filter(may))
  if (scopes.length === 0) throw fail('scope_invalid') // a token without a scope would be one of a sign-in
  if (session.lastUsedAt <= now - minUseInterval)
    await deps.store.sessions.markUsed(session.id, now)
  const claims = {
    sub: user.id,
    aud: target.audience,
    client_id: 'countersign',
    sid: session.id,
    username: user.name,
    ...scopeClaim(scopes),
    ...(scopes.includes(rolesScope) && user.roles.length > 0 ? { roles: user.roles } : {}),
  }
  const lifetime = Math.max(1, Math.min(target.lifetime, session.expiresAt - now))
  return signFor(deps, session, target, { claims, scopes, lifetime })
}

/** Finds an API token that may be used. Its checksum is checked first, so that a mistyped one costs no query. Fails as {@link exchangeApiToken} does. */
export async function findApiToken(
  deps: Pick<ExchangeDeps, 'store' | 'clock' | 'root' | 'policies'>,
  presented: Secret,
  from: ClientInfo,
): Promise<FoundSession> {
  if (!isMachineSecret('csk_', presented))
    throw fail('grant_invalid', { facts: { problem: 'malformed' } })
  const found = await deps.store.sessions.findByHandle(hashOf(presented))
  const isToken = found?.session.grant?.kind === 'api_token'
  if (found && isToken) {
    const state = stateOf(found.session, deps.clock.now())
    if (state === 'alive' && found.user.disabledAt === null) return found
    throw fail('grant_invalid', { facts: { problem: state, session: found.session.id } })
  }
  const { attempts } = deps.policies.limits
  const network = from.address === undefined ? '' : clientNetworkOf(from.address)
  if (attempts) await limitRate(deps, attempts, 'unknown-tokens-from-network', network)
  throw fail('grant_invalid', { facts: { problem: 'unknown' } })
}
