import type { Seconds } from '@countersign/token/internal'
import { announceUsers } from '../domain/authentication/announce-users.ts'
import type { FederatedRequestTables } from '../domain/federation/federated-request.ts'
import type { PasskeyChallengeTables } from '../domain/factors/passkey-challenge.ts'
import type { PendingSignInTables } from '../domain/factors/pending-sign-in.ts'
import { rotateSigningKeys } from '../domain/keys/rotate-signing-keys.ts'
import { signCheckpoint } from '../domain/audit-log/sign-checkpoint.ts'
import { pruneAssertions } from '../domain/machines/prune-assertions.ts'
import { sendLogoutNotices } from '../domain/grants/send-logout-notices.ts'
import { pruneCodes } from '../domain/grants/prune-codes.ts'
import { pruneDocumentClients } from '../domain/grants/prune-document-clients.ts'
import { pruneMail, sendMail } from '../domain/mail/send-mail.ts'
import { pruneLimits } from '../domain/limits/limit-rate.ts'
import { pruneHashKinds } from '../domain/passwords/prune-hash-kinds.ts'
import { pruneSessions } from '../domain/sessions/prune-sessions.ts'
import { pruneStatusChanges } from '../domain/revocation/assign-status-index.ts'

// Recurring work of every server: the list of jobs here, and the scheduler that runs them in scheduler.ts.

/** The dependencies of the jobs: those of all their operations, and the two caches that other servers' changes must reach. */
export type JobRuntime = Parameters<typeof rotateSigningKeys>[0] &
  Parameters<typeof pruneSessions>[0] &
  Parameters<typeof pruneStatusChanges>[0] &
  Parameters<typeof pruneLimits>[0] &
  Parameters<typeof sendMail>[0] &
  Parameters<typeof pruneMail>[0] &
  Parameters<typeof announceUsers>[0] &
  Parameters<typeof pruneAssertions>[0] &
  Parameters<typeof pruneHashKinds>[0] &
  Parameters<typeof pruneCodes>[0] &
  Parameters<typeof pruneDocumentClients>[0] &
  Parameters<typeof sendLogoutNotices>[0] &
  Parameters<typeof signCheckpoint>[0] & {
    readonly store: PendingSignInTables &
      PasskeyChallengeTables &
      FederatedRequestTables & { isMoved(): Promise<boolean> }
    readonly onMoved: () => void
    readonly followKeys: () => Promise<void>
    readonly statusLists: { refresh(): Promise<boolean> }
  }

/** A recurring job of every server. Several servers may run it at once: what must be done only once takes a lock. */
export interface Job<Needs = JobRuntime> {
  readonly name: string
  readonly summary: string
  /** Seconds from the end of one run to the start of the next, plus or minus ten percent. */
  readonly every: Seconds
  run(runtime: Needs): Promise<void>
}

/** Every recurring job. */
export const jobs: readonly Job[] = [
  {
    name: 'rotate-signing-keys',
    summary: 'Rotates the signing keys when due',
    every: 60,
    run: rotateSigningKeys,
  },
  {
    name: 'follow-signing-keys',
    summary: 'Loads changes of the signing keys by others, if the database sends no notifications',
    every: 1, // how late a server without notifications may use the keys of others
    run: ({ followKeys }) => followKeys(),
  },
  {
    name: 'prune-sessions',
    summary: 'Deletes sessions that ended or expired more than 30 days ago',
    every: 3_600, // often enough to keep each run small
    run: pruneSessions,
  },
  {
    name: 'prune-hash-kinds',
    summary: 'Forgets kinds of imported password hashes that no user has any more',
    every: 21_600, // reads all users when the last of a kind is renewed
    run: pruneHashKinds,
  },
  {
    name: 'prune-pending-sign-ins',
    summary: 'Deletes sign-ins whose second step was not taken in time',
    every: 600,
    run: ({ store, clock }) => store.pendingSignIns.prune(clock.now()),
  },
  {
    name: 'prune-passkey-challenges',
    summary: 'Deletes challenges that no passkey has signed in time',
    every: 600,
    run: ({ store, clock }) => store.passkeyChallenges.prune(clock.now()),
  },
  {
    name: 'prune-federated-requests',
    summary: 'Forgets users who did not come back from an identity provider in time',
    every: 600,
    run: ({ store, clock }) => store.federatedRequests.prune(clock.now()),
  },
  {
    name: 'prune-assertions',
    summary: 'Deletes client assertions that have expired',
    every: 600,
    run: pruneAssertions,
  },
  {
    name: 'prune-authorization-codes',
    summary:
      'Deletes codes of applications and devices an hour after they have expired, and pushed requests that have',
    every: 600,
    run: pruneCodes,
  },
  {
    name: 'prune-document-clients',
    summary:
      'Deletes applications with a metadata document that no user has used for 30 days; the next user adds them again',
    every: 3_600,
    run: pruneDocumentClients,
  },
  {
    name: 'send-logout-notices',
    summary: 'Sends logout tokens to the applications of grants that have ended',
    every: 1, // until then the application shows its user as signed in
    run: sendLogoutNotices,
  },
  {
    name: 'follow-status-changes',
    summary: 'Loads revocations by other servers, if the database sends no notifications',
    every: 1, // PostgreSQL notifies at once; SQLite and a broken connection do not
    run: async ({ statusLists }) => void (await statusLists.refresh()),
  },
  {
    name: 'follow-move',
    summary:
      'Ends the feeds of guards once `countersign move` has moved the database to another one, and the process of `countersign serve`',
    every: 1, // how long guards follow a server that hears of no revocations any more
    async run({ store, onMoved }) {
      if (await store.isMoved()) onMoved()
    },
  },
  {
    name: 'prune-status-changes',
    summary: 'Deletes status changes that are older than 30 days',
    every: 3_600,
    run: pruneStatusChanges,
  },
  {
    name: 'prune-limits',
    summary: 'Deletes rate limits that no longer delay a request',
    every: 3_600,
    run: pruneLimits,
  },
  {
    name: 'send-mail',
    summary: 'Sends the mails of the outbox that are due',
    every: 1, // a person waits for it
    run: sendMail,
  },
  {
    name: 'announce-users',
    summary:
      'Calls `onUserCreated` of the application for users whom it does not know yet, if it has that hook',
    every: 2,
    run: announceUsers,
  },
  {
    name: 'prune-mail',
    summary: 'Deletes expired codes, and mails that could not be delivered, 30 days later',
    every: 3_600,
    run: pruneMail,
  },
  {
    name: 'sign-checkpoint',
    summary: 'Signs a checkpoint of the audit log, if it has new entries',
    every: 86_400, // entries that are removed before the next checkpoint go unnoticed
    async run(runtime) {
      await signCheckpoint(runtime)
    },
  },
]
