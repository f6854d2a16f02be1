import type { Seconds } from '@countersign/token/internal'
import { isAdministrator } from '../users/administrator.ts'
import type { User } from '../users/user.ts'

/** Leave to register once, for whoever holds its secret. Only a hash of the secret is stored. */
export interface Invitation {
  readonly id: string
  /** What the user who registers with it may do. */
  readonly roles: readonly string[]
  /** The user who made it; null for the command line. */
  readonly createdBy: string | null
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  readonly usedAt: Seconds | null
}

/** What an invitation is worth; all but `open` let nobody in. */
export type InvitationVerdict =
  | 'open'
  | 'used'
  | 'expired'
  | 'maker_gone'
  | 'maker_disabled'
  | 'maker_powerless'

/**
 * Judges an invitation by itself and by whoever made it, as they are now. Pure. It gives no more than its inviter may give: an administrator
 * may give every role, and nobody else any. `inviter` is the user of `createdBy`, where there still is one.
 */
export function judgeInvitation(
  { usedAt, expiresAt, createdBy }: Invitation,
  inviter: User | undefined,
  now: Seconds,
): InvitationVerdict {
  if (usedAt !== null) return 'used'
  if (now >= expiresAt) return 'expired'
  if (createdBy === null) return 'open' // whoever works at the command line may do everything
  if (!inviter) return 'maker_gone'
  if (inviter.disabledAt !== null) return 'maker_disabled'
  return isAdministrator(inviter) ? 'open' : 'maker_powerless'
}
