import {
  createGuard,
  type Guard,
  type GuardExplanation,
  type Need,
  type Principal,
  type Refused,
} from '@countersign/guard'
import type { Services } from './services.ts'
import { assertAdmitted } from '../../domain/administration/actor.ts'
import { administratorRole } from '../../domain/users/role.ts'
import { accessCookie, credentialsOf } from '../browser/cookies.ts'
import type { Route } from './route.ts'

/** A refusal, and for the operator why. */
export interface ExplainedRefusal extends Refused {
  readonly explanation: GuardExplanation
}

/** Who may use a route: our own guard on our own routes. */
export type Access = (
  route: Pick<Route, 'access' | 'missingStatus' | 'evenRevoked' | 'maxAge'>,
  request: Request,
) => Promise<Principal | ExplainedRefusal | undefined>

/**
 * Makes the access step. It answers a principal, a refusal, or nothing where nobody needs to be known. A token whose key is unknown
 * may have been signed by another server with a key that was made a moment ago: then we look, and check once more. `origins` are those
 * whose pages may send the token as a cookie: this server's own among them. A token of a session that has ended is refused by the status lists
 * in memory, without asking anybody; one from before there were lists names none. Fails with `administrators_only`.
 */
export function createAccess(
  {
    issuer: { verifier, catchUp },
    statusLists,
    store,
    clock,
  }: Pick<Services, 'issuer' | 'statusLists' | 'store' | 'clock'>,
  origins: readonly string[],
): Access {
  const believing = { verifier, clock, explanations: 0, cookie: { name: accessCookie, origins } }
  const settings = { ...believing, revocation: { source: statusLists, required: false } }
  const usual = createGuard(settings)
  const tutorial = createGuard({ ...settings, missingStatus: 403 })
  const anyway = createGuard(believing)
  return async (route, request) => {
    const { access, missingStatus, evenRevoked } = route
    if (access === 'public') return undefined
    const guard = evenRevoked ? anyway : missingStatus === 403 ? tutorial : usual
    const chosen: Guard<Principal | undefined> = access === 'optional' ? guard.optional : guard
    const check = () => chosen.check(credentialsOf(request), needOf(route))
    let answer = await check()
    const unknown = !answer.allowed && answer.cause?.code === 'key_unknown'
    if (unknown && (await catchUp())) answer = await check()
    // A token says for minutes what its user was, so for administrators the user is read.
    if (answer.allowed && access === 'admin')
      assertAdmitted(access, await store.users.find(answer.principal?.subject ?? ''))
    if (answer.allowed) return answer.principal
    if (access === 'optional' && isOldCookie(answer, request)) return undefined
    // A second look at a token that is refused, and at none that is good.
    return { ...answer, explanation: await guard.explain(credentialsOf(request), needOf(route)) }
  }
}

/** What a route asks beyond a valid token. */
function needOf({ access, maxAge }: Pick<Route, 'access' | 'maxAge'>): Need | undefined {
  const roles = access === 'admin' ? { roles: [administratorRole] } : undefined
  return maxAge === undefined ? roles : { ...roles, maxAge }
}

const worthless: ReadonlySet<string> = new Set(['token_expired', 'token_invalid', 'token_revoked'])

/** A browser sends its cookie until it forgets it: where nobody needs to be known, one that is worth nothing any more is none. */
function isOldCookie({ problem: { code } }: Refused, { headers }: Request): boolean {
  return !headers.has('authorization') && worthless.has(code)
}
