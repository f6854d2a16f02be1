import type { Seconds, Timer } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Session } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import { parseCustomClaims, type ClaimValues } from './access-token.ts'

// Hooks: what an application around this server does when users come. None runs inside a transaction: it would hold locks for as long as the application
// takes, and an application that writes to the same SQLite database would wait for itself.

/**
 * The functions that an application runs when users come.
 *
 * @example
 * import { createAuth, type Hooks } from '@countersign/server'
 *
 * const accounts = new Map<string, { readonly plan: string }>()
 * const hooks: Partial<Hooks> = {
 *   onUserCreated: ({ id }) => void accounts.set(id, { plan: accounts.get(id)?.plan ?? 'free' }),
 *   customClaims: ({ id }) => ({ plan: accounts.get(id)?.plan }),
 * }
 * const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
 * await using auth = await createAuth({ url: 'http://localhost:3005/auth', mode: 'development', env }, hooks)
 */
export interface Hooks {
  /**
   * Called for each user, however they were added: at the latest before their first sign-in is completed, and else within seconds. At least once, and
   * again after a failure, a crash, or by two servers at once: write it so that a second call changes nothing. Users from before the application
   * had this hook are announced, too.
   */
  onUserCreated(user: User): void | Promise<void>
  /** Called for each sign-in, before its tokens are issued. If it throws, the sign-in is refused and its session ends. */
  onSignedIn(user: User, session: Session): void | Promise<void>
  /** Returns claims that are added to the access tokens of a sign-in, at each sign-in and each refresh; not to those of applications and API tokens. */
  customClaims(user: User, session: Session): ClaimValues | Promise<ClaimValues>
}

/** The hooks that the application has, each with a limit of time. */
export interface LimitedHooks {
  readonly userCreated: ((user: User) => Promise<void>) | undefined
  readonly signedIn: ((user: User, session: Session) => Promise<void>) | undefined
  readonly customClaims: ((user: User, session: Session) => Promise<ClaimValues>) | undefined
}

const maxHookSeconds: Seconds = 5 // a person waits for the sign-in

/**
 * Limits the hooks of an application: one that throws, or takes longer than 5 seconds, fails with `hook_failed`. Work that blocks the event loop cannot be
 * limited. Custom claims that may not be added fail with `claims_malformed`, `claims_reserved` and `claims_too_large`.
 */
export function limitHooks(given: Partial<Hooks>, timer: Timer): LimitedHooks {
  const { onUserCreated, onSignedIn, customClaims } = given
  const run = <T>(hook: keyof Hooks, work: () => T | Promise<T>) => runHook(hook, work, timer)
  return {
    userCreated: onUserCreated && ((user) => run('onUserCreated', () => onUserCreated(user))),
    signedIn: onSignedIn && ((user, session) => run('onSignedIn', () => onSignedIn(user, session))),
    customClaims:
      customClaims &&
      (async (user, session) =>
        parseCustomClaims(await run('customClaims', () => customClaims(user, session)))),
  }
}

async function runHook<T>(hook: keyof Hooks, work: () => T | Promise<T>, timer: Timer): Promise<T> {
  const late = Promise.withResolvers<never>()
  const cancel = timer.after(maxHookSeconds, () =>
    late.reject(
      fail('hook_failed', { facts: { hook, problem: `took more than ${maxHookSeconds} s` } }),
    ),
  )
  try {
    return await Promise.race([call(hook, work), late.promise])
  } finally {
    cancel()
  }
}

async function call<T>(hook: keyof Hooks, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw fail('hook_failed', { facts: { hook, problem: 'it has thrown' }, cause })
  }
}
