/**
 * Work that never runs beside itself. Whoever asks while it runs waits for a run that begins afterwards, together with all others who
 * have asked meanwhile: so each has seen what was there when they asked, and a thousand that ask at once make two runs.
 */
export function oneAfterAnother(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    const run = work().finally(() => {
      if (running === run) running = undefined
    })
    running = run
    return run
  }
  return async () => {
    if (next) return next // also in the moment between a run and the one after it
    if (!running) return start()
    next = running
      .catch(() => {}) // told to those who waited for that run
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}
