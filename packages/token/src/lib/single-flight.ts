import { steadyClock, type Clock, type Seconds } from './clock.ts'

/** Work whose concurrent callers share one run. A key, if the work takes one, separates runs: each key has its own. */
export interface SingleFlight<T, K = void> {
  /** Joins the run for this key, or starts one. Rejects as that run does. */
  (key: K): Promise<T>
  /** Returns whether a call for this key would join a run rather than start one. */
  isRunning(key: K): boolean
}

/** The treatment by {@link singleFlight} of a call that comes during a run. */
export interface SingleFlightOptions {
  /**
   * Default `false`: a call during a run shares its result. With `true` it waits for the next run, which all calls made
   * meanwhile share: each caller gets a run that began after its call, so it sees everything that was committed before it. A thousand
   * calls at once make two runs.
   */
  readonly startAfterCall?: boolean
}

/**
 * Makes a function whose concurrent callers share one running promise (request coalescing, as Go's `singleflight`). Nothing is kept
 * once a run has settled, also when it failed: the next call starts a new run. Runs of one key never overlap.
 *
 * Keys are compared as in a `Map`. Use `serialize` where every call must do its own work.
 *
 * @example
 * import { singleFlight } from '@countersign/token/internal'
 *
 * const load = singleFlight(async (name: string) => `contents of ${name}`)
 * const [one, other] = await Promise.all([load('a'), load('a')]) // one run
 */
export function singleFlight<T, K = void>(
  work: (key: K) => Promise<T>,
  { startAfterCall = false }: SingleFlightOptions = {},
): SingleFlight<T, K> {
  const running = new Map<K, Promise<T>>()
  const waiting = new Map<K, Promise<T>>() // for a run that has not begun

  function start(key: K): Promise<T> {
    const run = (async () => work(key))().finally(() => running.delete(key))
    running.set(key, run)
    return run
  }

  function startAfter(current: Promise<T>, key: K): Promise<T> {
    const next = current
      .catch(() => {}) // reported to the callers of that run
      .then(() => {
        waiting.delete(key)
        return start(key)
      })
    waiting.set(key, next)
    return next
  }

  const call = (key: K): Promise<T> => {
    const next = waiting.get(key)
    if (next) return next // also in the moment between a run and the next
    const current = running.get(key)
    if (!current) return start(key)
    return startAfterCall ? startAfter(current, key) : current
  }
  return Object.assign(call, {
    isRunning: (key: K) => running.has(key) || waiting.has(key),
  })
}

/** The limits on how often {@link singleFlightWithCooldown} may run its work. */
export interface CooldownOptions {
  readonly clock: Clock
  /** Seconds from the end of a run until the next may start; asked at the end of each run. */
  readonly cooldown: () => Seconds
}

/**
 * A {@link singleFlight} that does nothing while it cools down: a call within the cooldown resolves at once. With `force` a call gets a run
 * that began after it, cooldown or not.
 */
export function singleFlightWithCooldown(
  work: () => Promise<void>,
  { clock, cooldown }: CooldownOptions,
): (force?: boolean) => Promise<void> {
  const steady = steadyClock(clock)
  let nextAt: Seconds = steady.now()
  const flight = singleFlight(() =>
    work().finally(() => {
      nextAt = steady.now() + cooldown()
    }),
  )
  return async (force = false) => {
    if (force && flight.isRunning()) await flight()
    if (force || flight.isRunning() || steady.now() >= nextAt) await flight()
  }
}
