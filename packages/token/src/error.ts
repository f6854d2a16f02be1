/** What a failure knows beyond its code. */
export interface FailureOptions {
  /** For the log, never for a caller: what was expected, which member, which limit. Never a secret or a token. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** A few words of our own that make the sentence precise. Never text that a caller sent. */
  readonly detail?: string
  /** The error underneath, kept whole. */
  readonly cause?: unknown
}

/**
 * Every "no" of Countersign. `code` is the contract, `message` is for people, `facts` are for the log.
 *
 * Do not test with `instanceof`: two copies of this package may be installed. Use {@link isCountersignError}.
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

/** A package's failures: each code with its sentence, or with an entry that holds the sentence and more. */
export type Catalogue = Readonly<Record<string, string | { readonly message: string }>>

/**
 * Binds a `fail` function to a catalogue, so that a code which nobody declared does not compile.
 *
 * It makes the error and leaves the throwing to you: `throw fail('token_expired')`.
 */
export function failures<const C extends Catalogue>(
  catalogue: C,
): <K extends keyof C & string>(code: K, options?: FailureOptions) => CountersignError<K> {
  return function fail(code, options) {
    const entry = catalogue[code] as C[string]
    return new CountersignError(code, typeof entry === 'string' ? entry : entry.message, options)
  }
}

/** Whether a caught value is one of ours, whichever copy of the package made it. */
export function isCountersignError(value: unknown): value is CountersignError {
  return value instanceof Error && value.name === 'CountersignError' && 'code' in value
}
