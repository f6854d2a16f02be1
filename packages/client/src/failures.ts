/** What a failure knows beyond its code. */
export interface FailureOptions {
  /** For programs and logs: the status, how long to wait. Never a token. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** A few words that make the sentence precise. */
  readonly detail?: string
  /** The error underneath, kept whole. */
  readonly cause?: unknown
}

/**
 * Every "no" of the client, and of the server where the client passes it on. The twin of the class in `@countersign/token`, which the
 * client may not import: both have the same name and members, and {@link isCountersignError} knows either.
 */
export class CountersignError<Code extends string = string> extends Error {
  readonly code: Code
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: Code, sentence: string, { facts = {}, detail, cause }: FailureOptions = {}) {
    super(
      detail === undefined ? sentence : `${sentence}: ${detail}`,
      cause === undefined ? undefined : { cause },
    )
    this.name = 'CountersignError'
    this.code = code
    this.facts = facts
  }
}

/** Whether a caught value is one of ours, whichever package made it. */
export function isCountersignError(value: unknown): value is CountersignError {
  return value instanceof Error && value.name === 'CountersignError' && 'code' in value
}

/** Every code of the client's own. What the server refuses keeps the server's code, such as `credentials_wrong`. */
export const clientFailures = {
  signed_out: 'Nobody is signed in',
  server_unreachable: 'The server cannot be reached',
  server_busy: 'The server cannot answer now',
  answer_unusable: 'The answer does not come from a Countersign server',
  origin_not_allowed: 'The session is not sent to this origin',
  token_hidden: 'The access token is in a cookie that no script can read',
  option_invalid: 'An option cannot be used',
  storage_unusable: 'What is stored of the session can be neither read nor written',
} as const

/** A code of the client's own. */
export type ClientFailure = keyof typeof clientFailures

/** Makes a failure of the client: `throw fail('signed_out')`. */
export function fail<Code extends ClientFailure>(
  code: Code,
  options?: FailureOptions,
): CountersignError<Code> {
  return new CountersignError(code, clientFailures[code], options)
}
