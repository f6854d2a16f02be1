import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import { hashNewPassword, type HashNeeds } from '../passwords/hash-new-password.ts'
import { normalizePassword } from '../passwords/password.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import type { Transaction } from '../store.ts'
import { act } from '../administration/transaction-as.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { foldEmail, parseEmail } from '../users/email.ts'
import { assertInvited, lockInvitation } from './redeem-invitation.ts'
import { parseRoles } from '../users/role.ts'
import { foldName, newUser, parseName, type User } from '../users/user.ts'

/** What a user may have from the beginning. */
export interface UserExtras {
  readonly email?: string | undefined
  readonly roles?: readonly string[]
  /** Who registers them, where it is not the user. */
  readonly by?: Actor | undefined
  /** The secret of an invitation, which is then used up; its roles are the user's. */
  readonly invitation?: Secret | undefined
}

/**
 * Makes a user. Fails with `username_unacceptable`, `email_unacceptable`, `role_unacceptable`, the failures of
 * `hashNewPassword`, `invitation_unusable`, `username_taken`, `email_taken`, and as {@link act} does; nothing is kept then, and the
 * invitation is not used.
 */
export async function registerUser(
  runtime: Pick<Runtime, 'store'> & Recording & HashNeeds,
  name: string,
  password: Secret,
  { email, roles = [], by, invitation }: UserExtras = {},
): Promise<User> {
  const user: User = {
    ...newUser(newId(runtime), parseName(name), runtime.clock.now()),
    email: email === undefined ? null : parseEmail(email),
    roles: parseRoles(roles),
  }
  if (invitation) await assertInvited(runtime, invitation)
  const hash = await hashNewPassword(runtime, password, user)
  const verdict = await act(runtime, by, async (tx) => {
    const found = invitation && (await lockInvitation(runtime, tx, invitation))
    if (invitation && !found) return 'invitation_unusable'
    const member = found ? { ...user, roles: found.roles } : user
    if (user.email !== null) {
      await tx.lock('emails')
      if (await tx.users.findByEmail(foldEmail(user.email))) return 'email_taken'
    }
    if (!(await tx.users.add(member, foldName(member.name), hash))) return 'username_taken'
    if (found) await tx.invitations.markUsed(found.id, runtime.clock.now())
    const facts = { by: nameOf(by), invitation: found?.id }
    await recordEvents(runtime, tx, { type: 'user_registered', user: member.id, facts })
    return member
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Makes a user with any password at all, or returns `undefined` when the name is taken, or where `unless` says so. For development's
 * sample user.
 */
export async function addUser(
  runtime: Pick<Runtime, 'store' | 'hasher'> & Recording,
  name: string,
  password: Secret,
  roles: readonly string[] = [],
  unless = async (_tx: Transaction) => false,
): Promise<User | undefined> {
  const user = { ...newUser(newId(runtime), name, runtime.clock.now()), roles }
  const hash = await runtime.hasher.hash(normalizePassword(password))
  const added = await runtime.store.transaction(async (tx) => {
    if (await unless(tx)) return false
    if (!(await tx.users.add(user, foldName(name), hash))) return false
    await recordEvents(runtime, tx, { type: 'user_registered', user: user.id, facts: {} })
    return true
  })
  return added ? user : undefined
}

function newId({ random }: Pick<Runtime, 'random'>): string {
  return `u_${random.bytes(16).toString('base64url')}`
}
