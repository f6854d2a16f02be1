import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs } from '../administration/transaction-as.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { hashNewPassword, type NewPasswordDeps } from '../passwords/hash-new-password.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import { normalizePassword } from '../passwords/password.ts'
import { foldEmail, parseEmail } from '../users/email.ts'
import { parseRoles } from '../users/role.ts'
import { foldName, newUser, parseName, type User } from '../users/user.ts'
import type { InvitationDeps, RegistrationTx } from './invitations.ts'
import { assertInvited, lockInvitation } from './redeem-invitation.ts'

/** The policy on registration: open to everyone, to holders of an invitation, or closed, so that administrators add all users. */
export interface RegistrationPolicy {
  readonly registration: 'open' | 'invitation' | 'closed'
}

/** The dependencies of {@link addUser}. */
export interface AddUserDeps extends InvitationDeps, NewPasswordDeps {}

/** The dependencies of {@link registerUser}. */
export interface RegisterDeps extends AddUserDeps {
  readonly policies: NewPasswordDeps['policies'] & { readonly users: RegistrationPolicy }
}

/** The details of a registration, besides a name and a password. */
export interface Registration {
  readonly email?: string | undefined
  /** The secret of an invitation, which is used up; the user gets its roles. */
  readonly invitation?: Secret | undefined
  /** Roles and an actor are for {@link addUser}: passing them here by mistake would drop them silently. */
  readonly roles?: never
  readonly by?: never
}

/**
 * Registers a user at their own request. Fails with `registration_closed`, `invitation_missing`, `invitation_unusable`, and as
 * {@link addUser} does; nothing is written then, and the invitation is not used.
 */
export async function registerUser(
  deps: RegisterDeps,
  name: string,
  password: Secret,
  { email, invitation }: Registration = {},
): Promise<User> {
  const { registration } = deps.policies.users
  if (registration === 'closed') throw fail('registration_closed')
  if (registration === 'invitation' && !invitation) throw fail('invitation_missing')
  const user = parseUser(deps, name, email)
  if (invitation) await assertInvited(deps, invitation)
  return write(deps, user, password, { invitation })
}

/**
 * Adds a user on behalf of an administrator or the command line, whatever the setting `users.registration` says. Fails with
 * `username_unacceptable`, `email_unacceptable`, `role_unacceptable`, as `hashNewPassword` does, with `username_taken`, `email_taken`, and as
 * {@link transactionAs} does; nothing is written then.
 */
export async function addUser(
  deps: AddUserDeps,
  name: string,
  password: Secret,
  {
    email,
    roles = [],
    by,
  }: {
    readonly email?: string | undefined
    readonly roles?: readonly string[] | undefined
    readonly by: Actor
  },
): Promise<User> {
  const user = { ...parseUser(deps, name, email), roles: parseRoles(roles) }
  return write(deps, user, password, { by })
}

/** Hashes the password and writes the user, judging the actor or the invitation in the same transaction. */
async function write(
  deps: AddUserDeps,
  user: User,
  password: Secret,
  { by, invitation }: { readonly by?: Actor; readonly invitation?: Secret | undefined },
): Promise<User> {
  const hash = await hashNewPassword(deps, password, user)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = invitation && (await lockInvitation(deps, tx, hashOf(invitation)))
    if (invitation && !found) return 'invitation_unusable'
    const added = found ? { ...user, roles: found.roles } : user
    const taken = await insertUser(tx, added, hash)
    if (taken) return taken
    if (found) await tx.invitations.markUsed(found.id, deps.clock.now())
    const facts = { by: nameOf(by), invitation: found?.id }
    await recordEvents(deps, tx, { type: 'user_registered', user: added.id, facts })
    return added
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/** Writes a new user, unless their name or address is taken; returns which, if so. */
export async function insertUser(
  tx: RegistrationTx,
  user: User,
  hash: string,
): Promise<'username_taken' | 'email_taken' | undefined> {
  if (user.email !== null) {
    await tx.lock('emails')
    if (await tx.users.findByEmail(foldEmail(user.email))) return 'email_taken'
  }
  return (await tx.users.add(user, foldName(user.name), hash)) ? undefined : 'username_taken'
}

/**
 * Adds a user whose password is not judged: the sample user of development. Returns `undefined` if the name is taken, or if `unless` returns
 * true in the transaction.
 */
export async function addSampleUser(
  deps: RecordDeps & {
    readonly store: Transactions<RegistrationTx>
    readonly hasher: Pick<PasswordHasher, 'hash'>
  },
  name: string,
  password: Secret,
  {
    roles,
    unless,
  }: { readonly roles: readonly string[]; unless(tx: RegistrationTx): Promise<boolean> },
): Promise<User | undefined> {
  const user = { ...newUser(newUserId(deps), name, deps.clock.now()), roles }
  const hash = await deps.hasher.hash(normalizePassword(password))
  const added = await deps.store.transaction(async (tx) => {
    if (await unless(tx)) return false
    if (!(await tx.users.add(user, foldName(name), hash))) return false
    await recordEvents(deps, tx, { type: 'user_registered', user: user.id, facts: {} })
    return true
  })
  return added ? user : undefined
}

function parseUser(deps: RecordDeps, name: string, email: string | undefined): User {
  const user = newUser(newUserId(deps), parseName(name), deps.clock.now())
  return { ...user, email: email === undefined ? null : parseEmail(email) }
}

/** Makes the id of a new user. */
export function newUserId({ random }: Pick<RecordDeps, 'random'>): string {
  return `u_${random.bytes(16).toString('base64url')}`
}
