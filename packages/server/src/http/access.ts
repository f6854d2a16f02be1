import { createGuard, type Guard, type Principal, type Refused } from '@countersign/guard'
import { requestCredentials } from '@countersign/guard/fetch'
import type { Verifier } from '@countersign/token'
import type { Route } from './route.ts'

/** Who may use a route: our own guard on our own routes. */
export type Access = (route: Route, request: Request) => Promise<Principal | Refused | undefined>

/** Makes the access step. It answers a principal, a refusal, or nothing where nobody needs to be known. */
export function createAccess(verifier: Verifier): Access {
  const usual = createGuard({ verifier })
  const tutorial = createGuard({ verifier, missingStatus: 403 })
  return async ({ access, missingStatus }, request) => {
    if (access === 'public') return undefined
    const guard = missingStatus === 403 ? tutorial : usual
    const chosen: Guard<Principal | undefined> = access === 'optional' ? guard.optional : guard
    const answer = await chosen.check(requestCredentials(request))
    return answer.allowed ? answer.principal : answer
  }
}
