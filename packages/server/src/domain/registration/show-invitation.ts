import type { Clock } from '@countersign/token'
import type { ClientTables } from '../clients/clients.ts'
import type { UserTables } from '../users/users.ts'
import { judgeInvitation, type Invitation, type Inviter } from './invitation.ts'

/** The state of an invitation: `void` if its inviter may no longer invite. */
export type InvitationState = 'open' | 'used' | 'expired' | 'void'

/** An invitation with its state, and its inviter if they still exist. */
export interface ShownInvitation {
  readonly invitation: Invitation
  readonly state: InvitationState
  readonly inviter: Inviter | undefined
}

/** Reads the state of an invitation for administrators. All problems of its inviter are `void`: the list of users shows which. */
export async function showInvitation(
  { store, clock }: { readonly store: UserTables & ClientTables; readonly clock: Clock },
  invitation: Invitation,
): Promise<ShownInvitation> {
  const inviter = await findInviter(store, invitation)
  const state = stateOf(judgeInvitation(invitation, inviter, clock.now()))
  return { invitation, state, inviter }
}

/** Finds who has made an invitation; `undefined` if that was the command line, or they were deleted. */
export async function findInviter(
  { users, clients }: UserTables & ClientTables,
  { createdBy }: Invitation,
): Promise<Inviter | undefined> {
  if (createdBy === null) return undefined
  return (await users.find(createdBy)) ?? clients.find(createdBy) // ids of users and of service accounts differ
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
