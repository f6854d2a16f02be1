import type { Clock } from '@countersign/token'
import type { User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import { judgeInvitation, type Invitation } from './invitation.ts'

/** The state of an invitation: `void` if its inviter may no longer invite. */
export type InvitationState = 'open' | 'used' | 'expired' | 'void'

/** An invitation with its state, and its inviter if that is a user who still exists. */
export interface ShownInvitation {
  readonly invitation: Invitation
  readonly state: InvitationState
  readonly inviter: User | undefined
}

/** Reads the state of an invitation for administrators. All problems of its inviter are `void`: the list of users shows which. */
export async function showInvitation(
  { store, clock }: { readonly store: UserTables; readonly clock: Clock },
  invitation: Invitation,
): Promise<ShownInvitation> {
  const { createdBy } = invitation
  const inviter = createdBy === null ? undefined : await store.users.find(createdBy)
  const state = stateOf(judgeInvitation(invitation, inviter, clock.now()))
  return { invitation, state, inviter }
}

function stateOf(verdict: ReturnType<typeof judgeInvitation>): InvitationState {
  switch (verdict) {
    case 'open':
    case 'used':
    case 'expired':
      return verdict
    case 'inviter_gone':
    case 'inviter_disabled':
    case 'inviter_powerless':
      return 'void'
  }
}
