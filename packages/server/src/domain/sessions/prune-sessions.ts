import type { Runtime } from '../../runtime.ts'

const remembered = 30 * 86_400 // seconds; so long a refresh token hears that its session is over, and not that nobody knows it

/** Deletes sessions that were over long ago. */
export async function pruneSessions({
  store,
  clock,
  log,
}: Pick<Runtime, 'store' | 'clock' | 'log'>): Promise<void> {
  const sessions = await store.sessions.prune(clock.now() - remembered)
  if (sessions > 0) log.info({ sessions }, 'sessions that were over long ago are deleted')
}
