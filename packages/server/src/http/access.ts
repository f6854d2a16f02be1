import { createGuard, type Guard, type Principal, type Refused } from '@countersign/guard'
import { requestCredentials } from '@countersign/guard/fetch'
import type { Issuer } from '../domain/keys/issuer.ts'
import type { Route } from './route.ts'

/** Who may use a route: our own guard on our own routes. */
export type Access = (route: Route, request: Request) => Promise<Principal | Refused | undefined>

/**
 * Makes the access step. It answers a principal, a refusal, or nothing where nobody needs to be known. A token whose key is unknown
 * may have been signed by another server with a key that was made a moment ago: then we look, and check once more.
 */
export function createAccess({ verifier, catchUp }: Pick<Issuer, 'verifier' | 'catchUp'>): Access {
  const usual = createGuard({ verifier, explanations: 0 })
  const tutorial = createGuard({ verifier, explanations: 0, missingStatus: 403 })
  return async ({ access, missingStatus }, request) => {
    if (access === 'public') return undefined
    const guard = missingStatus === 403 ? tutorial : usual
    const chosen: Guard<Principal | undefined> = access === 'optional' ? guard.optional : guard
    const check = () => chosen.check(requestCredentials(request))
    let answer = await check()
    const unknown = !answer.allowed && answer.cause?.code === 'key_unknown'
    if (unknown && (await catchUp())) answer = await check()
    return answer.allowed ? answer.principal : answer
  }
}
