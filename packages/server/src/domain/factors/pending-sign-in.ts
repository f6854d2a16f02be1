import { createHash } from 'node:crypto'
import type { Seconds } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import type { User } from '../users/user.ts'

/** A sign-in whose first step is done, and which becomes a session once a second factor is proven. */
export interface PendingSignIn {
  /** The hash of the secret that the client presents with the second step. */
  readonly tokenHash: string
  readonly userId: string
  /** Names the password hash of the first step: after a new password the sign-in is of no use. */
  readonly passwordMark: string
  /** The authentication methods of the first step (RFC 8176). */
  readonly amr: readonly string[]
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  /** The number of wrong codes that it has had. */
  readonly wrong: number
}

/** The table of sign-ins that wait for a second factor. */
export interface PendingSignInTable {
  add(pending: PendingSignIn): Promise<void>
  find(tokenHash: string): Promise<PendingSignIn | undefined>
  /** As `find`, and locks it until the transaction ends. Lock its user first. */
  lock(tokenHash: string): Promise<PendingSignIn | undefined>
  countWrong(tokenHash: string): Promise<void>
  delete(tokenHash: string): Promise<void>
  /** Deletes those of a user. */
  deleteAll(userId: string): Promise<void>
  /** Deletes those that expired before `before`. */
  prune(before: Seconds): Promise<void>
}

/** The table of pending sign-ins, as part of a store or a transaction. */
export interface PendingSignInTables {
  readonly pendingSignIns: PendingSignInTable
}

/** The maximum duration of the second step, in seconds: time to find the telephone. */
export const pendingSeconds = 600

/** After so many wrong codes the user has to begin again with the first step. */
const maxWrong = 5

/** Makes a pending sign-in of a user, whose first step was proven, and the secret that continues it. */
export function newPendingSignIn(
  random: Random,
  {
    user,
    hash,
    amr,
  }: { readonly user: User; readonly hash: string; readonly amr: readonly string[] },
  now: Seconds,
): { readonly pending: PendingSignIn; readonly token: Secret } {
  const token = new Secret(random.bytes(32).toString('base64url'))
  const pending = {
    tokenHash: hashOf(token),
    userId: user.id,
    passwordMark: markOf(hash),
    amr,
    createdAt: now,
    expiresAt: now + pendingSeconds,
    wrong: 0,
  }
  return { pending, token }
}

/** Returns whether a pending sign-in can still be completed with the password hash that its user has now. Pure. */
export function isUsable(
  { passwordMark, expiresAt, wrong }: PendingSignIn,
  hash: string,
  now: Seconds,
): boolean {
  return now < expiresAt && wrong < maxWrong && passwordMark === markOf(hash)
}

/** Names a password hash without holding it: the hash leaves the table of users for nothing but a check. */
function markOf(hash: string): string {
  return createHash('sha256').update(hash).digest('base64url')
}
