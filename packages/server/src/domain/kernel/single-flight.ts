/** Work whose concurrent callers share one run. */
export interface SingleFlight<T> {
  /** Joins the current run, or starts one. Rejects as that run does. */
  (): Promise<T>
  /** Returns whether a call would join a run rather than start one. */
  isRunning(): boolean
}

/**
 * Makes a function whose concurrent callers share one run of `work` (request coalescing, as Go's `singleflight`). Nothing is kept once a run
 * has settled, also when it failed. Runs never overlap.
 *
 * By default a call during a run shares its result. With `startAfterCall` it waits for the next run, which all calls made meanwhile share: each
 * caller gets a run that began after its call and so sees everything that was committed before it. A thousand calls at once make two runs.
 */
export function singleFlight<T>(
  work: () => Promise<T>,
  { startAfterCall = false }: { readonly startAfterCall?: boolean } = {},
): SingleFlight<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const start = () => {
    const run = work().finally(() => {
      if (running === run) running = undefined
    })
    running = run
    return run
  }
  const call = async () => {
    if (next) return next // also in the moment between a run and the next
    if (!running) return start()
    if (!startAfterCall) return running
    next = running
      .catch(() => {}) // reported to the callers of that run
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
  return Object.assign(call, { isRunning: () => running !== undefined || next !== undefined })
}

/**
 * Makes a function whose calls run one after the other, in the order in which they were made (a mutex around the work). Every call does its own
 * work; a call that fails does not stop the next one.
 */
export function serialize<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const run = last.then(work)
    last = run.catch(() => {}) // reported to the caller of that run
    return run
  }
}
