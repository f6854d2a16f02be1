/** The details of a failure, besides its code. */
export interface FailureOptions {
  /** Values for programs and logs, such as the HTTP status or seconds to wait. Never a token. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** A few words that make the message specific. */
  readonly detail?: string
  /** The original error. */
  readonly cause?: unknown
}

/**
 * The error of every failure: the client's own codes ({@link clientFailures}) and the codes with which the server refused
 * (`ServerFailure`). Its twin is the class of that name in `@countersign/token`, which the client may not import. Both have
 * the same name and members, and {@link isCountersignError} recognizes both.
 *
 * @example
 * ```ts
 * import { createSession, CountersignError } from '@countersign/client'
 *
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * await session.accessToken().catch((error: unknown) => {
 *   if (error instanceof CountersignError) console.log(error.code, error.facts) // signed_out { reason: 'never_signed_in' }
 * })
 * ```
 */
export class CountersignError<Code extends string = string> extends Error {
  readonly code: Code
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: Code, message: string, { facts = {}, detail, cause }: FailureOptions = {}) {
    super(
      detail === undefined ? message : `${message}: ${detail}`,
      cause === undefined ? undefined : { cause },
    )
    this.name = 'CountersignError'
    this.code = code
    this.facts = facts
  }
}

/**
 * Returns true if a caught value is a {@link CountersignError}, of this package or of another Countersign package.
 *
 * @example
 * ```ts
 * import { createSession, isCountersignError } from '@countersign/client'
 *
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * try {
 *   await session.signIn({ username: 'admin', password: 'not the password' })
 * } catch (error) {
 *   if (!isCountersignError(error)) throw error
 *   console.log(error.code) // credentials_wrong
 * }
 * ```
 */
export function isCountersignError(value: unknown): value is CountersignError {
  return value instanceof Error && value.name === 'CountersignError' && 'code' in value
}

/**
 * The client's own failure codes, each with its message. A refusal by the server keeps the server's code and message, such as
 * `credentials_wrong`.
 *
 * @example
 * ```ts
 * import { clientFailures } from '@countersign/client'
 *
 * console.log(clientFailures.signed_out) // No user is signed in; sign in first
 * ```
 */
export const clientFailures = {
  signed_out: 'No user is signed in; sign in first',
  server_unreachable:
    'The server cannot be reached; check the URL and the network, and, in a page of another origin, that cors.origins of the server lists it',
  answer_unusable: 'The response is not from a Countersign server; check the URL and proxies',
  origin_not_allowed: 'The session is not sent to this origin',
  token_hidden:
    'The access token is in an HttpOnly cookie, which no script can read; use session.fetch',
  passkeys_unavailable: 'This browser or page cannot use passkeys; offer another way',
  passkey_not_used: 'No passkey was used: the user declined, or has none here',
  option_invalid: 'Invalid option',
  storage_unusable: 'The session can be neither read from IndexedDB nor written to it',
} as const

/**
 * The client's own failure codes, as a type.
 *
 * @example
 * ```ts
 * import { clientFailures, isCountersignError, type ClientFailure } from '@countersign/client'
 *
 * function isClientFailure(error: unknown, code: ClientFailure): boolean {
 *   return isCountersignError(error) && error.code === code
 * }
 * console.log(isClientFailure(new Error(clientFailures.signed_out), 'signed_out')) // false
 * ```
 */
export type ClientFailure = keyof typeof clientFailures

/** Creates an error of the client, to be thrown: `throw fail('signed_out')`. */
export function fail<Code extends ClientFailure>(
  code: Code,
  options?: FailureOptions,
): CountersignError<Code> {
  return new CountersignError(code, clientFailures[code], options)
}
