import type { Seconds } from '@countersign/token'
import { fail } from '../../failures.ts'
import { commandLine } from '../audit-log/event.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { Secret } from '../kernel/secret.ts'
import { hashOf } from '../sessions/refresh-token.ts'
import { act } from '../administration/transaction-as.ts'
import { nameOf, type ActingAdministrator, type Actor } from '../administration/actor.ts'
import type { Invitation } from './invitation.ts'
import { parseRoles } from '../users/role.ts'

const prefix = 'csin_' // what scanners for leaked secrets look for
const remembered = 30 * 86_400 // seconds after its end in which a list still shows an invitation

/** An invitation that was just made, with its secret: it is told once, and nobody can find it out again. */
export interface Invited {
  readonly invitation: Invitation
  readonly secret: Secret
}

/**
 * Invites somebody to register once, within `lifetime`, with these roles, as long as its inviter may give them. Fails with
 * `role_unacceptable`, and as {@link act} does.
 */
export async function inviteUser(
  runtime: Pick<Runtime, 'store'> & Recording,
  lifetime: Seconds,
  texts: readonly string[],
  by: Actor,
): Promise<Invited> {
  const { clock, random } = runtime
  const roles = parseRoles(texts)
  const now = clock.now()
  const id = `i_${random.bytes(16).toString('base64url')}`
  const secret = new Secret(prefix + random.bytes(32).toString('base64url'))
  const times = { createdAt: now, expiresAt: now + lifetime, usedAt: null }
  const createdBy = by === commandLine ? null : by.user
  const invitation = { id, roles, createdBy, ...times }
  await act(runtime, by, async (tx) => {
    await tx.invitations.prune(now - remembered)
    await tx.invitations.add(invitation, hashOf(secret))
    const facts = { invitation: id, roles, by: nameOf(by) }
    await recordEvents(runtime, tx, { type: 'user_invited', facts })
  })
  return { invitation, secret }
}

/** Takes an invitation back; of one that was used, the user stays. Fails with `invitation_unknown`, and as {@link act} does. */
export async function revokeInvitation(
  runtime: Pick<Runtime, 'store'> & Recording,
  id: string,
  by: ActingAdministrator,
): Promise<void> {
  const known = await act(runtime, by, async (tx) => {
    if (!(await tx.invitations.delete(id))) return false
    const facts = { invitation: id, by: nameOf(by) }
    await recordEvents(runtime, tx, { type: 'invitation_withdrawn', facts })
    return true
  })
  if (!known) throw fail('invitation_unknown')
}
