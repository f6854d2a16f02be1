import { createGuard, type Guard, type Principal, type Refused } from '@countersign/guard'
import type { Verifier } from '@countersign/token'
import type { Route } from './route.ts'

/** Who may use a route: our own guard on our own routes. */
export type Access = (route: Route, request: Request) => Principal | Refused | undefined

/** Makes the access step. It answers a principal, a refusal, or nothing where nobody needs to be known. */
export function createAccess(verifier: Verifier): Access {
  const usual = createGuard({ verifier })
  const tutorial = createGuard({ verifier, missingStatus: 403 })
  return ({ access, missingStatus }, { method, url, headers }) => {
    if (access === 'public') return undefined
    if (access === 'optional' && !headers.has('authorization')) return undefined
    const guard: Guard = missingStatus === 403 ? tutorial : usual
    const header = (name: string) => headers.get(name) ?? undefined
    const answer = guard.check({ method, url, header })
    return answer.allowed ? answer.principal : answer
  }
}
