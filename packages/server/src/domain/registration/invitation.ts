import type { Seconds } from '@countersign/token/internal'
import type { InvitationRefusal } from '../audit-log/event.ts'
import { isAdministrator } from '../users/role.ts'
import type { User } from '../users/user.ts'

/** An invitation to register once, for the holder of its secret. Only a hash of the secret is stored. */
export interface Invitation {
  readonly id: string
  /** The roles of the user who registers with it. */
  readonly roles: readonly string[]
  /** The inviter's user id; null for the command line and for service accounts. */
  readonly createdBy: string | null
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  readonly usedAt: Seconds | null
}

/** The verdict on an invitation: `open` if it admits, or why it does not. */
export type InvitationVerdict = 'open' | InvitationRefusal

/**
 * Judges an invitation and its inviter, as they are now. Pure. It grants no more than its inviter may grant: an administrator every role, and
 * other users none. `inviter` is the user of `createdBy`, if they still exist.
 */
export function judgeInvitation(
  { usedAt, expiresAt, createdBy }: Invitation,
  inviter: User | undefined,
  now: Seconds,
): InvitationVerdict {
  if (usedAt !== null) return 'used'
  if (now >= expiresAt) return 'expired'
  if (createdBy === null) return 'open' // the command line may do everything
  if (!inviter) return 'inviter_gone'
  if (inviter.disabledAt !== null) return 'inviter_disabled'
  return isAdministrator(inviter) ? 'open' : 'inviter_powerless'
}
