/** The optional parts of a failure beside its code. */
export interface FailureOptions {
  /** For the log, never for a caller: what was expected, which member, which limit. Never a secret or a token. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** Words of our own that make the message precise. Never text that a caller sent. */
  readonly detail?: string
  /** The underlying error, unchanged. */
  readonly cause?: unknown
}

/**
 * The error of every refusal and failure. Programs depend on `code`; `message` is for people, `facts` are for the log.
 *
 * Do not test with `instanceof`: two copies of this package may be installed. Use {@link isCountersignError}.
 *
 * @example
 * import { CountersignError, type KeySource } from '@countersign/token'
 *
 * const offline: KeySource = {
 *   find() {
 *     throw new CountersignError('key_set_unavailable', 'The key store is offline')
 *   },
 * }
 */
export class CountersignError<Code extends string = string> extends Error {
  readonly code: Code
  readonly facts: Readonly<Record<string, unknown>>
  /** The part of the message that makes it precise: what follows the sentence of the code. */
  readonly detail: string | undefined

  constructor(code: Code, sentence: string, { facts = {}, detail, cause }: FailureOptions = {}) {
    super(
      detail === undefined ? sentence : `${sentence}: ${detail}`,
      cause === undefined ? undefined : { cause },
    )
    this.name = 'CountersignError'
    this.code = code
    this.facts = facts
    this.detail = detail
  }
}

/** The failures of a package: each code with its message, or with an entry that holds the message and more. */
export type Catalogue = Readonly<Record<string, string | { readonly message: string }>>

/**
 * Makes a `fail` function for a catalogue, so that an undeclared code does not compile.
 *
 * `fail` creates the error and does not throw it: `throw fail('token_expired')`.
 */
export function failures<const C extends Catalogue>(
  catalogue: C,
): <K extends keyof C & string>(code: K, options?: FailureOptions) => CountersignError<K> {
  return function fail(code, options) {
    const entry = catalogue[code] as C[string]
    return new CountersignError(code, typeof entry === 'string' ? entry : entry.message, options)
  }
}

/**
 * Returns whether a caught value is a `CountersignError`, from whichever copy of the package.
 *
 * @example
 * import { importSecret, isCountersignError } from '@countersign/token'
 *
 * try {
 *   importSecret('too short', 'HS256')
 * } catch (error) {
 *   if (!isCountersignError(error)) throw error
 *   console.log(error.code) // secret_weak
 * }
 */
export function isCountersignError(value: unknown): value is CountersignError {
  return value instanceof Error && value.name === 'CountersignError' && 'code' in value
}
