import type { Locks, Platform, Seconds } from './platform.ts'

/**
 * Runs `work` while holding the lock that all tabs share, and returns its result. The lock saves requests: ten tabs refresh once.
 * Correctness does not depend on it. So no tab waits longer than `lockWait`: a frozen or broken tab that never releases the lock
 * loses it to a tab that waits.
 */
export async function withTabLock<T>(
  { locks, after }: Pick<Platform, 'locks' | 'after'>,
  name: string | null,
  lockWait: Seconds,
  work: () => Promise<T>,
): Promise<T> {
  let running: Promise<T> | undefined
  const run = async () => {
    running ??= work()
    await running.catch(() => {}) // the lock is released in the same way if the work fails
  }
  if (locks && name !== null) {
    const timeout = new AbortController()
    const cancel = after(lockWait, () => timeout.abort())
    const hadLock = () => running !== undefined
    await request(locks, name, { signal: timeout.signal }, run)
    if (!hadLock()) await request(locks, name, { steal: true }, run)
    cancel()
  }
  await run() // without locks; after a lock this only waits for the result
  return running as Promise<T> // set by `run`
}

/** Requests the lock. Ignores that the lock was not granted in time or was stolen: the caller checks whether `work` has started. */
async function request(
  locks: Locks,
  name: string,
  options: { readonly signal?: AbortSignal; readonly steal?: boolean },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await locks.request(name, options, work)
  } catch {
    // an AbortError, or a page that may not use locks
  }
}
