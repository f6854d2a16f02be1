import type { Seconds } from '@countersign/token/internal'
import { judgeClient } from '../administration/actor.ts'
import type { InvitationRefusal } from '../audit-log/event.ts'
import type { Client } from '../clients/client.ts'
import { isAdministrator } from '../users/role.ts'
import type { User } from '../users/user.ts'

/** An invitation to register once, for the holder of its secret. Only a hash of the secret is stored. */
export interface Invitation {
  readonly id: string
  /** The roles of the user who registers with it. */
  readonly roles: readonly string[]
  /** The id of the inviter, a user or a service account; null for the command line. */
  readonly createdBy: string | null
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  readonly usedAt: Seconds | null
}

/** The verdict on an invitation: `open` if it admits, or why it does not. */
export type InvitationVerdict = 'open' | InvitationRefusal

/** The user or the service account that has made an invitation, as they are now. */
export type Inviter = User | Client

/** Returns whether an inviter is a service account. */
export function isClientInviter(inviter: Inviter): inviter is Client {
  return 'grants' in inviter
}

/**
 * Judges an invitation and its inviter, as they are now. Pure. It grants no more than its inviter may grant: an administrator every role, as a
 * service account with the scope for invitations, and others none. `inviter` is the one of `createdBy`, if they still exist.
 */
export function judgeInvitation(
  { usedAt, expiresAt, createdBy }: Invitation,
  inviter: Inviter | undefined,
  now: Seconds,
): InvitationVerdict {
  if (usedAt !== null) return 'used'
  if (now >= expiresAt) return 'expired'
  if (createdBy === null) return 'open' // the command line may do everything
  if (!inviter) return 'inviter_gone'
  if (isClientInviter(inviter))
    return judgeClient(inviter, 'admin:invitations') === 'may_act' ? 'open' : 'inviter_powerless'
  if (inviter.disabledAt !== null) return 'inviter_disabled'
  return isAdministrator(inviter) ? 'open' : 'inviter_powerless'
}
