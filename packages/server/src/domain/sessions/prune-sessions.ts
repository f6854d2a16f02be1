import type { Clock } from '@countersign/token'
import type { Log } from '../kernel/ports.ts'
import type { SessionTables } from './sessions.ts'

const retentionSeconds = 30 * 86_400 // until then a refresh token is refused as of an ended session, and not as unknown

/** Deletes sessions that ended, or expired for want of use or at the end of their lifetime, 30 days ago. */
export async function pruneSessions({
  store,
  clock,
  log,
}: {
  readonly store: SessionTables
  readonly clock: Clock
  readonly log: Log
}): Promise<void> {
  const sessions = await store.sessions.prune(clock.now() - retentionSeconds)
  if (sessions > 0) log.info({ sessions }, 'sessions that were over long ago are deleted')
}
