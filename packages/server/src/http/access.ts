import { createGuard, type Guard, type Principal, type Refused } from '@countersign/guard'
import type { Issuer } from '../domain/keys/issuer.ts'
import { accessCookie, credentialsOf } from './cookies.ts'
import type { Route } from './route.ts'

/** Who may use a route: our own guard on our own routes. */
export type Access = (
  route: Pick<Route, 'access' | 'missingStatus'>,
  request: Request,
) => Promise<Principal | Refused | undefined>

/**
 * Makes the access step. It answers a principal, a refusal, or nothing where nobody needs to be known. A token whose key is unknown
 * may have been signed by another server with a key that was made a moment ago: then we look, and check once more. `origins` are those
 * whose pages may send the token as a cookie: this server's own among them.
 */
export function createAccess(
  { verifier, catchUp }: Pick<Issuer, 'verifier' | 'catchUp'>,
  origins: readonly string[],
): Access {
  const settings = { verifier, explanations: 0, cookie: { name: accessCookie, origins } }
  const usual = createGuard(settings)
  const tutorial = createGuard({ ...settings, missingStatus: 403 })
  return async ({ access, missingStatus }, request) => {
    if (access === 'public') return undefined
    const guard = missingStatus === 403 ? tutorial : usual
    const chosen: Guard<Principal | undefined> = access === 'optional' ? guard.optional : guard
    const check = () => chosen.check(credentialsOf(request))
    let answer = await check()
    const unknown = !answer.allowed && answer.cause?.code === 'key_unknown'
    if (unknown && (await catchUp())) answer = await check()
    if (answer.allowed) return answer.principal
    return access === 'optional' && isOldCookie(answer, request) ? undefined : answer
  }
}

/** A browser sends its cookie until it forgets it: where nobody needs to be known, one that is worth nothing any more is none. */
function isOldCookie({ problem: { code } }: Refused, { headers }: Request): boolean {
  return !headers.has('authorization') && (code === 'token_expired' || code === 'token_invalid')
}
