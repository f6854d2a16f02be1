import type { Seconds } from '@countersign/token/internal'
import { rotateSigningKeys } from '../domain/keys/rotate-signing-keys.ts'
import { signCheckpoint } from '../domain/audit-log/sign-checkpoint.ts'
import { pruneLimits } from '../domain/limits/limit-rate.ts'
import { pruneSessions } from '../domain/sessions/prune-sessions.ts'
import type { KeyRingDeps } from '../domain/keys/change-key-ring.ts'
import type { Issuer } from '../domain/keys/issuer.ts'
import type { LimitTables } from '../domain/limits/limits.ts'
import type { LiveStatusLists } from '../domain/revocation/live-status-lists.ts'
import type { StatusListTables } from '../domain/revocation/status-lists.ts'
import type { SessionTables } from '../domain/sessions/sessions.ts'
import { pruneStatusChanges } from '../domain/revocation/assign-status-index.ts'

/** What the jobs need of the domain: the sum of what their operations need. */
export interface JobDeps extends KeyRingDeps {
  readonly store: KeyRingDeps['store'] & SessionTables & StatusListTables & LimitTables
  readonly issuer: Pick<Issuer, 'reload'>
  readonly statusLists: Pick<LiveStatusLists, 'refresh'>
}

/** Something that every server does again and again. Harmless when many do it at once: what may be done only once takes a lock. */
export interface Job {
  readonly name: string
  readonly summary: string
  /** From the end of one run to the begin of the next, in seconds, give or take a tenth. */
  readonly every: Seconds
  run(deps: JobDeps): Promise<void>
}

/** LIST 5: every recurring job. */
export const jobs: readonly Job[] = [
  {
    name: 'rotate-signing-keys',
    summary: 'Does what is due for the signing keys, and learns what other servers did to them',
    every: 60, // for that long at most a server misses a rotation by hand
    async run(runtime) {
      await rotateSigningKeys(runtime)
      await runtime.issuer.reload()
    },
  },
  {
    name: 'prune-sessions',
    summary: 'Deletes sessions that were over 30 days ago',
    every: 3_600, // often enough that one run stays small
    run: pruneSessions,
  },
  {
    name: 'follow-status-changes',
    summary: 'Learns which sessions other servers have ended, where nobody tells',
    every: 1, // PostgreSQL tells at once; SQLite, and a connection that breaks, do not
    run: ({ statusLists }) => statusLists.refresh(),
  },
  {
    name: 'prune-status-changes',
    summary: 'Forgets status bits that were set 30 days ago',
    every: 3_600,
    run: pruneStatusChanges,
  },
  {
    name: 'prune-limits',
    summary: 'Deletes the marks of limits that hold nobody up any more',
    every: 3_600,
    run: pruneLimits,
  },
  {
    name: 'sign-checkpoint',
    summary: 'Signs a checkpoint of the audit log, if there is anything new in it',
    every: 86_400, // what is taken off the end within a day does not show
    async run(runtime) {
      await signCheckpoint(runtime)
    },
  },
]
