import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import { hashOf } from '../sessions/refresh-token.ts'
import type { Transaction } from '../store.ts'
import { judgeInvitation, type Invitation, type InvitationVerdict } from './invitation.ts'

/** ChangeSubscribers at an invitation before anything is hashed for its holder. Fails with `invitation_unusable`; why, the audit log says. */
export async function assertInvited(
  runtime: Pick<Runtime, 'store'> & Recording,
  secret: Secret,
): Promise<void> {
  const { store, clock } = runtime
  const found = await store.invitations.findByHash(hashOf(secret))
  if (!found) throw fail('invitation_unusable')
  const inviter = found.createdBy === null ? undefined : await store.users.find(found.createdBy)
  const verdict = judgeInvitation(found, inviter, clock.now())
  if (verdict === 'open') return
  await store.transaction((tx) => recordRefusal(runtime, tx, found, verdict))
  throw fail('invitation_unusable')
}

/**
 * The invitation, where it still lets somebody in. It is locked first and then its inviter: until the transaction ends nobody else uses it,
 * and nobody takes its inviter's rights away.
 */
export async function lockInvitation(
  runtime: Recording,
  tx: Transaction,
  secret: Secret,
): Promise<Invitation | undefined> {
  const found = await tx.invitations.lockByHash(hashOf(secret))
  if (!found) return undefined
  const inviter = found.createdBy === null ? undefined : await tx.users.lock(found.createdBy)
  const verdict = judgeInvitation(found, inviter?.user, runtime.clock.now())
  if (verdict === 'open') return found
  await recordRefusal(runtime, tx, found, verdict)
  return undefined
}

/** Of a secret that no invitation has, nothing is told: anybody could fill the audit log with those. */
function recordRefusal(
  runtime: Recording,
  tx: Transaction,
  { id }: Invitation,
  reason: Exclude<InvitationVerdict, 'open'>,
): Promise<void> {
  return recordEvents(runtime, tx, {
    type: 'invitation_refused',
    facts: { invitation: id, reason },
  })
}
