import { isCountersignError } from '@countersign/token'
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
  /**
   * Called for each sign-in, before its tokens are issued. If it throws, the sign-in is refused and its session ends: with a {@link SignInRefused} on
   * purpose (403), with another error because the application failed (503).
   */
  onSignedIn(user: User, session: Session): void | Promise<void>
  /** Returns claims that are added to the access tokens of a sign-in, at each sign-in and each refresh; not to those of applications and API tokens. */
  customClaims(user: User, session: Session): ClaimValues | Promise<ClaimValues>
}

const maxReasonLength = 200 // characters: a sentence on a page

/**
 * The error with which `onSignedIn` refuses a sign-in on purpose. The user gets 403, `sign_in_refused` and the reason; the session that had started ends. The
 * reason is text for the user: 200 characters at most, without control characters. From other hooks it is an error like any other.
 *
 * @example
 * import { SignInRefused, type Hooks } from '@countersign/server'
 *
 * const closed = new Set(['u_1'])
 * const hooks: Partial<Hooks> = {
 *   onSignedIn: ({ id }) => {
 *     if (closed.has(id)) throw new SignInRefused('This account is closed')
 *   },
 * }
 */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
  /** The reason as the user sees it. */
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    const printable = String(reason)
      .replaceAll(/[\p{Cc}\p{Cs}]+/gu, ' ')
      .trim()
    this.reason = [...printable].slice(0, maxReasonLength).join('')
  }
}

/** The hooks that the application has, each with a limit of time. */
export interface LimitedHooks {
  readonly userCreated: ((user: User) => Promise<void>) | undefined
  readonly signedIn: ((user: User, session: Session) => Promise<void>) | undefined
  readonly customClaims: ((user: User, session: Session) => Promise<ClaimValues>) | undefined
}

const maxHookSeconds: Seconds = 5 // a person waits for the sign-in

/**
 * Limits the hooks of an application: one that throws, takes longer than 5 seconds, or returns custom claims that may not be added fails with `hook_failed`,
 * and an `onSignedIn` that throws {@link SignInRefused} with `sign_in_refused`. Work that blocks the event loop cannot be limited.
 */
export function limitHooks(given: Partial<Hooks>, timer: Timer): LimitedHooks {
  const { onUserCreated, onSignedIn, customClaims } = given
  const run = <T>(hook: keyof Hooks, work: () => T | Promise<T>) => runHook(hook, work, timer)
  return {
    userCreated: onUserCreated && ((user) => run('onUserCreated', () => onUserCreated(user))),
    signedIn: onSignedIn && ((user, session) => run('onSignedIn', () => onSignedIn(user, session))),
    customClaims:
      customClaims &&
      ((user, session) =>
        run('customClaims', async () => parseCustomClaims(await customClaims(user, session)))),
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
    if (cause instanceof SignInRefused && hook === 'onSignedIn')
      throw fail('sign_in_refused', { detail: cause.reason, facts: { hook } })
    const isClaims = isCountersignError(cause) && cause.code.startsWith('claims_')
    const problem = isClaims ? cause.message : 'it has thrown'
    throw fail('hook_failed', { facts: { hook, problem }, cause })
  }
}
