import { inspect, type Explanation, type Verifier } from '@countersign/token'
import type { Check } from '@countersign/token/internal'
import { hasFormerStatus } from '../domain/authentication/access-token.ts'
import { hasGoodStatus } from '../domain/machines/introspect-token.ts'
import { stateOf } from '../domain/sessions/session.ts'
import { dateOf } from './terminal.ts'
import type { CommandRuntime } from './with-runtime.ts'

/** The result of checking a token: the verifier's explanation and, for an accepted token, a row for the state of its session or its status. */
export interface TokenReport extends Omit<Explanation, 'code'> {
  readonly code: Explanation['code'] | 'token_revoked'
  /** The checks that were not made, in words; undefined for a token that is refused anyway. */
  readonly note: string | undefined
}

const sessionUnknown =
  'The session is not checked here: see the status list of the issuer for revoked tokens.'

type SessionDeps = Pick<CommandRuntime, 'store' | 'clock' | 'statusLists'>

/** Checks a token as a guard does. With this server's runtime it also checks whether it was revoked. */
export async function checkToken(
  token: string,
  verifier: Verifier,
  runtime?: SessionDeps,
): Promise<TokenReport> {
  const explanation = verifier.explain(token)
  if (!explanation.accepted) return { ...explanation, note: undefined }
  if (!runtime) return { ...explanation, note: sessionUnknown }
  const { claims } = inspect(token)
  const check = await (claims['sid'] === undefined ? checkStatus : checkSession)(runtime, claims)
  const revoked = { accepted: false, code: 'token_revoked' } as const
  return {
    ...explanation,
    ...(check.verdict === 'failed' ? revoked : {}),
    checks: [...explanation.checks, check],
    note: undefined,
  }
}

type TokenClaims = ReturnType<typeof inspect>['claims']

/** Judges the token of a service account by its status, as guards do: it has no session. */
async function checkStatus(deps: SessionDeps, claims: TokenClaims): Promise<Check> {
  const check = { name: 'status', expected: 'not revoked' }
  if (await hasGoodStatus(deps, claims))
    return { ...check, verdict: 'passed', found: 'not revoked' }
  const found =
    'revoked: the service account was removed, or its secret, scopes or resources changed'
  return { ...check, verdict: 'failed', found }
}

async function checkSession(deps: SessionDeps, claims: TokenClaims): Promise<Check> {
  return { name: 'session', expected: 'not ended', ...(await sessionOf(deps, claims)) }
}

/** Judges the session of a token as guards do, which accept the token of an expired one until its own expiry. */
async function sessionOf(
  { store, clock }: SessionDeps,
  claims: TokenClaims,
): Promise<Pick<Check, 'verdict' | 'found'>> {
  const { sid, sub } = claims
  const session = await store.sessions.find(String(sid))
  const user = await store.users.find(String(sub))
  const failed = (found: string) => ({ verdict: 'failed', found }) as const
  if (!session || !user) return failed('none: the session or its user no longer exists')
  if (user.disabledAt !== null) return failed(`user disabled ${dateOf(user.disabledAt)}`)
  if (session.endedAt === null && hasFormerStatus(claims, session))
    return failed(
      'alive, but this token was revoked when its roles, password or e-mail address changed',
    )
  switch (stateOf(session, clock.now())) {
    case 'alive':
      return { verdict: 'passed', found: 'alive' }
    case 'expired':
      return { verdict: 'passed', found: 'expired: it cannot be refreshed' }
    case 'ended':
      return failed(`ended ${dateOf(session.endedAt ?? 0)} (${session.endReason})`)
  }
}
