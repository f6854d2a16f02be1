/**
 * Makes a function whose calls run one after the other, in the order in which they were made: a mutex around the work. Every call does
 * its own work; a call that fails does not stop the next one. Use `singleFlight` where concurrent calls may share one result.
 *
 * Work that calls its own serialized function and waits for it waits for ever.
 *
 * @example
 * import { serialize } from '@countersign/token/internal'
 *
 * const written: string[] = []
 * const append = serialize(async (line: string) => void written.push(line))
 * await Promise.all([append('first'), append('second')])
 */
export function serialize<A extends readonly unknown[], T>(
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (...args) => {
    const run = last.then(() => work(...args))
    last = run.catch(() => {}) // reported to the caller of that run
    return run
  }
}
