import {
  createGuard,
  type CookieOptions,
  type Guard,
  type GuardExplanation,
  type RouteRequirements,
  type Principal,
  type Refusal,
} from '@countersign/guard'
import { isBelowPolicy } from '../../domain/factors/factor-policy.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import type { Owner } from '../../domain/passwords/confirm-password.ts'
import type { SessionOwner } from '../../domain/sessions/end-sessions.ts'
import { fail } from '../../failures.ts'
import type { Services } from './services.ts'
import {
  assertAdmitted,
  judgeClient,
  type ActingAdministrator,
  type ActingClient,
} from '../../domain/administration/actor.ts'
import type { AdminScope } from '../../domain/clients/resource.ts'
import { administratorRole } from '../../domain/users/role.ts'
import { legacyClientId } from '../../domain/authentication/find-legacy-user.ts'
import { credentialsOf } from '../browser/cookies.ts'
import { legacyGuardOptions, withSettingNames } from './legacy-tokens.ts'
import type { Route } from './route.ts'

/** A refusal with its explanation, which the operator finds in the log. */
export interface ExplainedRefusal extends Refusal {
  readonly explanation: GuardExplanation
}

/** The access step: this server's own guard on its own routes. */
export type Access = (
  route: Pick<
    Route,
    'access' | 'scope' | 'missingStatus' | 'evenRevoked' | 'maxAge' | 'legacyTokens'
  >,
  request: Request,
) => Promise<Principal | ExplainedRefusal | undefined>

/**
 * Makes the access step. It returns a principal, a refusal, or `undefined` if the route needs no caller. A token with an unknown key may have
 * been signed by another server with a new key: the keys are reloaded, and the token is checked once more. `cookie` may hold
 * the token, sent by pages of its origins, this server's own among them. A token of an ended session is refused by the status lists in memory, without a
 * request or a query; tokens issued before there were lists name none. Fails with `administrators_only`
 * and `sign_in_required`.
 */
export function createAccess(
  services: Pick<
    Services,
    'issuer' | 'statusLists' | 'store' | 'clock' | 'policies' | 'log' | 'metrics'
  >,
  cookie: CookieOptions,
): Access {
  const { usual, tutorial, anyway } = createGuards(services, cookie)
  const { catchUp } = services.issuer
  return async (route, request) => {
    const { access, missingStatus, evenRevoked } = route
    if (access === 'public') return undefined
    const guard = evenRevoked ? anyway : missingStatus === 403 ? tutorial : usual
    const chosen: Guard<Principal | undefined> = access === 'optional' ? guard.optional : guard
    const view = credentialsOf(request) // one for all checks: a proof of possession is used once by each request
    let requirements: RouteRequirements | undefined
    const check = async () => {
      requirements = await requirementsOf(route, async () => guard.check(view))
      return chosen.check(view, requirements)
    }
    let answer = await check()
    const keyUnknown = !answer.allowed && answer.cause?.code === 'key_unknown'
    if (keyUnknown && (await catchUp())) answer = await check()
    if (answer.allowed && answer.principal) await assertMayUse(route, answer.principal, services)
    if (answer.allowed) return answer.principal
    if (access === 'optional' && isStaleCookie(answer, request)) return undefined
    // Only a refused token is checked a second time, to explain the refusal.
    const explanation = await guard.explain(view, requirements)
    return {
      ...answer,
      explanation: withSettingNames(explanation, services.policies.legacyTokens),
    }
  }
}

/** Creates the guards of all routes. */
function createGuards(services: Parameters<typeof createAccess>[0], cookie: CookieOptions) {
  const { url, verifier } = services.issuer
  const baseSettings = {
    verifier,
    clock: services.clock,
    maxExplanations: 0,
    onEvent: () => undefined, // the log line of the request explains a refusal
    cookie,
    dpop: { url },
  }
  const settings = {
    ...baseSettings,
    ...legacyGuardOptions(services),
    revocation: { source: services.statusLists, required: false },
  }
  return {
    usual: createGuard(settings),
    tutorial: createGuard({ ...settings, missingStatus: 403 }),
    /** For routes that accept the token of an ended session. */
    anyway: createGuard(baseSettings),
  }
}

/** Returns what a route requires beyond a valid token: of a service account its scope, of users their role and the age of their sign-in. */
async function requirementsOf(
  { access, scope, maxAge }: Pick<Route, 'access' | 'scope' | 'maxAge'>,
  checkToken: () => Promise<{ readonly allowed: boolean; readonly principal?: Principal }>,
): Promise<RouteRequirements | undefined> {
  if (scope !== undefined) {
    const { principal } = await checkToken()
    if (principal && isClient(principal)) return { scopes: [scope] }
  }
  if (access === 'openid') return { scopes: ['openid'] }
  const roles = access === 'admin' ? { roles: [administratorRole] } : undefined
  return maxAge === undefined ? roles : { ...roles, maxAge }
}

/**
 * Refuses a caller who has a valid token:
 *
 * - by what is stored now, because a token carries roles and scopes for minutes after they have changed: `administrators_only` and others;
 * - a machine or an application where only users act: `sign_in_required`;
 * - the session of a user that proves less than the policy requires: `second_factor_missing`. Not where a caller is optional: to sign out, and on
 *   pages, which read the session.
 */
async function assertMayUse(
  { access, scope, legacyTokens }: Pick<Route, 'access' | 'scope' | 'legacyTokens'>,
  principal: Principal,
  { store, policies }: Pick<Services, 'store' | 'policies'>,
): Promise<void> {
  const { subject, token } = principal
  if (legacyTokens && token.claims['client_id'] === legacyClientId) return
  if (scope !== undefined && isClient(principal)) {
    const judged = judgeClient(await store.clients.find(subject), scope)
    if (judged !== 'may_act') throw fail(judged)
    return
  }
  if (access === 'openid') return
  if (token.claims.scope !== undefined || token.claims['client_id'] !== 'countersign')
    throw fail('sign_in_required')
  const user = access === 'admin' ? await store.users.find(subject) : undefined
  if (access === 'admin') assertAdmitted(access, user)
  const shown = { roles: user?.roles ?? [...principal.roles] }
  const amr = Array.isArray(token.claims['amr']) ? token.claims['amr'].map(String) : []
  if (access !== 'optional' && isBelowPolicy(policies.factors, shown, { amr }))
    throw fail('second_factor_missing')
}

const staleCodes: ReadonlySet<string> = new Set(['token_expired', 'token_invalid', 'token_revoked'])

/** Returns whether a refused token came as a cookie that is expired, invalid or revoked: on optional routes such a cookie counts as no cookie. */
function isStaleCookie({ problem: { code } }: Refusal, { headers }: Request): boolean {
  return !headers.has('authorization') && staleCodes.has(code)
}

/** The id of the session that a token was issued for. */
export function sessionIdOf(principal: Principal | undefined): string {
  return String(principal?.token.claims['sid'] ?? '')
}

/** Returns whether a token was issued to a service account: its subject is its client (RFC 9068, section 2.2). */
function isClient({ subject, token }: Principal): boolean {
  return token.claims['client_id'] === subject
}

/** The actor of an operation that an administrator calls, or a service account with the scope of the route. */
export function actorOf(
  principal: Principal,
  scope: AdminScope,
): ActingAdministrator | ActingClient {
  const token = principal.token.claims
  if (isClient(principal)) return { client: principal.subject, scope, token }
  return { user: principal.subject, session: sessionIdOf(principal), token }
}

/**
 * The maximum age of the sign-in, in seconds, for what administrators change: a device that was left alone, or a token that was stolen an hour
 * ago, makes no new administrators. The refusal tells the client what to do (RFC 9470).
 */
export const recentSignInSeconds = 900

/** The signed-in user who ends sessions of their own, and the session of the request. */
export function sessionOwnerOf(principal: Principal): SessionOwner {
  return { userId: principal.subject, sessionId: sessionIdOf(principal) }
}

/** The signed-in user who changes their own account, with the password that proves it. */
export function ownerOf(principal: Principal, password: Secret, client: ClientInfo): Owner {
  return { userId: principal.subject, sessionId: sessionIdOf(principal), password, client }
}
