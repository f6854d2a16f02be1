import { fail } from '../../failures.ts'
import type { InvitationRefusal } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import { countRefusal } from '../limits/count-refusal.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { UserTables } from '../users/users.ts'
import { judgeInvitation, type Invitation, type Inviter } from './invitation.ts'
import { findInviter } from './show-invitation.ts'
import type { InvitationDeps, RegistrationTx } from './invitations.ts'

/** Checks an invitation before a password is hashed for its holder. Fails with `invitation_unusable`; the audit log says why. */
export async function assertInvited(deps: InvitationDeps, secret: Secret): Promise<void> {
  const { store, clock } = deps
  const found = await store.invitations.findByHash(hashOf(secret))
  if (!found) throw fail('invitation_unusable')
  const inviter = await findInviter(store, found)
  const verdict = judgeInvitation(found, inviter, clock.now())
  if (verdict === 'open') return
  await store.transaction((tx) => recordRefusal(deps, tx, found, verdict))
  throw fail('invitation_unusable')
}

/**
 * Locks the invitation with a hash and then its inviter, and returns it if it still admits. Until the transaction ends, no other registration uses it and the
 * inviter's rights cannot be taken away.
 */
export async function lockInvitation(
  deps: RecordDeps,
  tx: RegistrationTx,
  hash: string,
): Promise<Invitation | undefined> {
  const found = await tx.invitations.lockByHash(hash)
  if (!found) return undefined
  const verdict = judgeInvitation(found, await lockInviter(tx, found), deps.clock.now())
  if (verdict === 'open') return found
  await recordRefusal(deps, tx, found, verdict)
  return undefined
}

async function lockInviter(
  { users, clients }: UserTables & ClientTables,
  { createdBy }: Invitation,
): Promise<Inviter | undefined> {
  if (createdBy === null) return undefined
  return (await users.lock(createdBy))?.user ?? clients.lock(createdBy)
}

/**
 * Records the refusal of an existing invitation, or nothing where a later entry stands for it: a spent invitation must not fill the audit log.
 * Unknown secrets are not recorded: any caller could fill it with those.
 */
async function recordRefusal(
  deps: RecordDeps,
  tx: RegistrationTx,
  { id }: Invitation,
  reason: InvitationRefusal,
): Promise<void> {
  const standsFor = await countRefusal(deps, tx, 'refusals-of-invitation', id)
  if (standsFor === 0) return
  const facts = { invitation: id, reason, count: standsFor === 1 ? undefined : standsFor }
  await recordEvents(deps, tx, { type: 'invitation_refused', facts })
}
