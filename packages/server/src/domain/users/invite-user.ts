import type { Seconds } from '@countersign/token'
import { fail } from '../../failures.ts'
import { commandLine } from '../ledger/event.ts'
import { recordEvents, type Recording } from '../ledger/record-event.ts'
import type { Runtime } from '../runtime.ts'
import { Secret } from '../secret.ts'
import { hashOf } from '../sessions/refresh-token.ts'
import type { Invitation } from './invitation.ts'
import { parseRoles } from './role.ts'

const prefix = 'csin_' // what scanners for leaked secrets look for
const remembered = 30 * 86_400 // seconds after its end in which a list still shows an invitation

/** An invitation that was just made, with its secret: it is told once, and nobody can find it out again. */
export interface Invited {
  readonly invitation: Invitation
  readonly secret: Secret
}

/**
 * Invites somebody to register once, within `lifetime`, with these roles, as long as `maker` may give them: the id of a user, or null for
 * the command line. Fails with `role_unacceptable`.
 */
export async function inviteUser(
  runtime: Pick<Runtime, 'store'> & Recording,
  lifetime: Seconds,
  texts: readonly string[],
  maker: string | null,
): Promise<Invited> {
  const { store, clock, random } = runtime
  const roles = parseRoles(texts)
  const now = clock.now()
  const id = `i_${random.bytes(16).toString('base64url')}`
  const secret = new Secret(prefix + random.bytes(32).toString('base64url'))
  const times = { createdAt: now, expiresAt: now + lifetime, usedAt: null }
  const invitation = { id, roles, createdBy: maker, ...times }
  const by = maker ?? commandLine
  await store.transaction(async (tx) => {
    await tx.invitations.prune(now - remembered)
    await tx.invitations.add(invitation, hashOf(secret))
    await recordEvents(runtime, tx, { type: 'user_invited', facts: { invitation: id, roles, by } })
  })
  return { invitation, secret }
}

/** Takes an invitation back; of one that was used, the user stays. Fails with `invitation_unknown`. */
export async function withdrawInvitation(
  runtime: Pick<Runtime, 'store'> & Recording,
  id: string,
  by: string,
): Promise<void> {
  const known = await runtime.store.transaction(async (tx) => {
    if (!(await tx.invitations.delete(id))) return false
    await recordEvents(runtime, tx, { type: 'invitation_withdrawn', facts: { invitation: id, by } })
    return true
  })
  if (!known) throw fail('invitation_unknown')
}
