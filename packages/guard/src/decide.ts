import { readCredentials, usualToken, type CookieOptions, type Credentials } from './credentials.ts'
import type { Fault, JudgeToken, TokenVerdict } from './judge-token.ts'
import type { Need } from './need.ts'

/** Judges a request: where the token is, then the token. A promise only when keys must be looked up first. */
export type Decide<C> = (
  request: Credentials,
  need: Need | undefined,
) => TokenVerdict<C> | Promise<TokenVerdict<C>>

const faults = {
  missing: { allowed: false, code: 'token_missing' },
  malformed: { allowed: false, code: 'authorization_malformed' },
  'cross-site': { allowed: false, code: 'request_cross_site' },
} as const satisfies Readonly<Record<string, Fault>>

/** Makes the decision of one guard. */
export function createDecide<C>(
  judge: JudgeToken<C>,
  cookie: CookieOptions | undefined,
): Decide<C> {
  /** The usual spelling is judged before it is looked at closely: what two tokens or a blank hide in is no good token. */
  function decideUsual(token: string, request: Credentials, need: Need | undefined) {
    const verdict = judge(token, need)
    if (verdict instanceof Promise || verdict.allowed) return verdict
    if (verdict.cause === undefined) return verdict // a good token that lacks what the route needs
    return readCredentials(request).kind === 'malformed' ? faults.malformed : verdict
  }

  return (request, need) => {
    const usual = usualToken(request.header('authorization'))
    if (usual !== undefined) return decideUsual(usual, request, need)
    const presented = readCredentials(request, cookie)
    return presented.kind === 'token' ? judge(presented.token, need) : faults[presented.kind]
  }
}
