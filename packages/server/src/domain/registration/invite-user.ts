import { createHmac } from 'node:crypto'
import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs } from '../administration/transaction-as.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import { parseRoles } from '../users/role.ts'
import type { Invitation } from './invitation.ts'
import type { InvitationDeps } from './invitations.ts'
import type { RegistrationPolicy } from './register-user.ts'

const prefix = 'csin_' // for scanners that look for leaked secrets
const retentionSeconds = 30 * 86_400 // for which the list still shows an expired invitation

/** A new invitation with its secret. */
export interface NewInvitation {
  readonly invitation: Invitation
  readonly secret: Secret
}

/** The dependencies of {@link inviteUser}. */
export interface InviteDeps extends InvitationDeps {
  readonly policies: { readonly users: RegistrationPolicy }
}

/**
 * Makes an invitation to register once, within `lifetime`, with these roles; it is valid as long as its inviter may grant them. Fails with
 * `registration_closed`, because it would then be of no use, `role_unacceptable`, and as {@link transactionAs} does.
 */
export async function inviteUser(
  deps: InviteDeps,
  lifetime: Seconds,
  texts: readonly string[],
  by: Actor,
): Promise<NewInvitation> {
  const { clock, random, policies } = deps
  if (policies.users.registration === 'closed')
    throw fail('registration_closed', {
      detail: 'set users.registration to invitation',
    })
  const roles = parseRoles(texts)
  const now = clock.now()
  const id = `i_${random.bytes(16).toString('base64url')}`
  const secret = secretOf(deps.root, id)
  const times = { createdAt: now, expiresAt: now + lifetime, usedAt: null }
  const createdBy = typeof by === 'object' ? (nameOf(by) ?? null) : null
  const invitation = { id, roles, createdBy, ...times }
  await transactionAs(deps, by, async (tx) => {
    await tx.invitations.prune(now - retentionSeconds)
    await tx.invitations.add(invitation, hashOf(secret))
    const facts = { invitation: id, roles, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'user_invited', facts })
  })
  return { invitation, secret }
}

/**
 * Returns the secret of an invitation, from its id and a key of the root secret: an administrator can copy the link again, while the database
 * holds a hash alone. It reveals nothing of other secrets.
 */
function secretOf(root: RootSecret, id: string): Secret {
  const mac = createHmac('sha256', root.key('invitations').reveal())
  return new Secret(prefix + mac.update(id).digest('base64url'))
}

/**
 * Returns the secret of a stored invitation; `undefined` if it was made by an earlier version, whose secrets were random, or under another root
 * secret.
 */
export async function recoverSecret(
  { store, root }: Pick<InvitationDeps, 'store' | 'root'>,
  { id }: Pick<Invitation, 'id'>,
): Promise<Secret | undefined> {
  const secret = secretOf(root, id)
  const found = await store.invitations.findByHash(hashOf(secret))
  return found?.id === id ? secret : undefined
}

/** Returns the link to register with an invitation. It is after `#`, which browsers send to no server: so it enters no log of requests. */
export function invitationLink(issuer: string, secret: Secret): Secret {
  return new Secret(`${issuer}/sign-up#invitation=${secret.reveal()}`)
}

/** Revokes an invitation; if it was used, the user stays. Fails with `invitation_unknown`, and as {@link transactionAs} does. */
export async function revokeInvitation(deps: InvitationDeps, id: string, by: Actor): Promise<void> {
  const known = await transactionAs(deps, by, async (tx) => {
    if (!(await tx.invitations.delete(id))) return false
    const facts = { invitation: id, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'invitation_revoked', facts })
    return true
  })
  if (!known) throw fail('invitation_unknown')
}
