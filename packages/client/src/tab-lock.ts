import type { Locks, Platform, Seconds } from './platform.ts'

/**
 * Waits until it is this tab's turn, and works; answers what the work does. A turn is a courtesy, so that ten tabs sendRequest the server once: what
 * is right does not depend on it. So noSession waits for it longer than `lockWait`: a tab that holds its turn for ever, as a frozen or a
 * broken one can, has it taken away, for all others too.
 */
export async function withTabLock<T>(
  { locks, after }: Pick<Platform, 'locks' | 'after'>,
  name: string | null,
  lockWait: Seconds,
  work: () => Promise<T>,
): Promise<T> {
  let working: Promise<T> | undefined
  const begin = async () => {
    working ??= work()
    await working.catch(() => {}) // a turn ends well, however the work does
  }
  if (locks && name !== null) {
    const enough = new AbortController()
    const cancel = after(lockWait, () => enough.abort())
    const hadTurn = () => working !== undefined
    await request(locks, name, { signal: enough.signal }, begin)
    if (!hadTurn()) await request(locks, name, { steal: true }, begin)
    cancel()
  }
  await begin() // where there are no turns to be had; else it is done already
  return working as Promise<T> // begun by now
}

/** Fails when the turn does not come, and when it is taken away: what counts is whether the work was begun. */
async function request(
  locks: Locks,
  name: string,
  options: { readonly signal?: AbortSignal; readonly steal?: boolean },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await locks.request(name, options, work)
  } catch {
    // an AbortError, or a page that may not have locks
  }
}
