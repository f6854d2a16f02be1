import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { SecurityEvent } from '../audit-log/event.ts'
import { personalOf } from '../audit-log/event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Metrics } from '../kernel/ports.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { dummyHash } from '../passwords/password-hash.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { InvitationDeps, RegistrationTx } from '../registration/invitations.ts'
import { lockInvitation } from '../registration/redeem-invitation.ts'
import { insertUser, newUserId, type RegistrationPolicy } from '../registration/register-user.ts'
import type { SessionGrant } from '../sessions/session.ts'
import {
  assertStarted,
  startOrAskFactor,
  type FactorMissing,
  type StartSessionDeps,
  type StartSessionTx,
} from '../sessions/start-session.ts'
import { foldEmail } from '../users/email.ts'
import type { Identity, IdentityTables } from '../users/identity.ts'
import { newUser, type User } from '../users/user.ts'
import type { FederatedRequest } from './federated-request.ts'
import { acceptableEmailOf, labelOf, otherName, suggestedNameOf } from './new-user.ts'
import type { ReceivedUser } from './receive-answer.ts'

/** The tables of a transaction in which a user comes from a provider. */
export interface FederatedTx extends RegistrationTx, StartSessionTx, IdentityTables {}

/** The dependencies of {@link finishFederatedSignIn}. */
export interface FinishFederatedDeps extends StartSessionDeps, InvitationDeps {
  readonly store: Transactions<FederatedTx> & StartSessionDeps['store'] & InvitationDeps['store']
  readonly policies: StartSessionDeps['policies'] & { readonly users: RegistrationPolicy }
  readonly hasher: Pick<PasswordHasher, 'hashParams'>
  readonly metrics: Metrics
}

/** The authentication method of a sign-in at a provider; RFC 8176 has none for it. It is one factor, also if the provider has asked for two. */
const federatedMethods: readonly string[] = ['fed']

/**
 * Signs in the user who has linked an identity, or makes a new user, if the settings of the provider allow it. An e-mail address links nothing: who
 * has an account here signs in to it, and links the identity there. Fails with `identity_unknown`, `identity_email_taken`, `credentials_wrong` for a
 * disabled user, `factor_required` and `factor_enrolment_required`, and for new users as `registerUser` does.
 */
export async function finishFederatedSignIn(
  deps: FinishFederatedDeps,
  received: ReceivedUser,
  request: Pick<FederatedRequest, 'invitationHash'>,
  client: ClientInfo,
): Promise<SessionGrant> {
  const count = (outcome: string) => deps.metrics.count('logins_total', { outcome })
  try {
    const started = await signInOrRegister(deps, received, request, client)
    const grant = assertStarted(started)
    count('signed_in')
    return grant
  } catch (error) {
    count(isCountersignError(error) ? error.code : 'internal')
    throw error
  }
}

async function signInOrRegister(
  deps: FinishFederatedDeps,
  received: ReceivedUser,
  request: Pick<FederatedRequest, 'invitationHash'>,
  client: ClientInfo,
): Promise<SessionGrant | FactorMissing> {
  const facts = { provider: received.provider.name }
  const known = await deps.store.transaction((tx) => signInKnown(deps, tx, received, client))
  if (known === 'credentials_wrong') throw fail(known, { facts })
  if (known !== 'unknown') return known
  const made = await deps.store.transaction((tx) => registerIn(deps, tx, received, request, client))
  if (made === 'linked_meanwhile') return signInOrRegister(deps, received, request, client)
  if (typeof made === 'string') throw fail(made, { facts })
  return made
}

/** Starts the session of the user who has linked the identity. It is read again under the user's lock, because it may have been unlinked meanwhile. */
async function signInKnown(
  deps: FinishFederatedDeps,
  tx: FederatedTx,
  { user: upstream }: ReceivedUser,
  client: ClientInfo,
): Promise<SessionGrant | FactorMissing | 'unknown' | 'credentials_wrong'> {
  const userId = (await tx.identities.find(upstream.issuer, upstream.subject))?.userId
  const found = userId === undefined ? undefined : await tx.users.lock(userId)
  const identity = found && (await tx.identities.find(upstream.issuer, upstream.subject))
  if (!found || !identity || identity.userId !== userId) return 'unknown'
  if (found.user.disabledAt !== null) return 'credentials_wrong'
  await tx.identities.markUsed(identity.id, deps.clock.now())
  return startOrAskFactor(deps, tx, { ...found, amr: federatedMethods }, client)
}

type Unregistered =
  | 'linked_meanwhile'
  | 'identity_unknown'
  | 'identity_email_taken'
  | 'registration_closed'
  | 'invitation_missing'
  | 'invitation_unusable'

/** Makes the user of an identity that no one has linked, and starts their session. */
async function registerIn(
  deps: FinishFederatedDeps,
  tx: FederatedTx,
  received: ReceivedUser,
  { invitationHash }: Pick<FederatedRequest, 'invitationHash'>,
  client: ClientInfo,
): Promise<SessionGrant | FactorMissing | Unregistered> {
  const { provider, user: upstream } = received
  const refusal = judgeRegistration(deps, provider.policy.newUsers, invitationHash)
  if (refusal) return refusal
  const invitation =
    invitationHash === null ? undefined : await lockInvitation(deps, tx, invitationHash)
  if (invitationHash !== null && !invitation) return 'invitation_unusable'
  await tx.lock('identities') // two first sign-ins at once make one user
  if (await tx.identities.find(upstream.issuer, upstream.subject)) return 'linked_meanwhile'
  const email = await freeEmailOf(tx, received)
  if (email === 'identity_email_taken') return email
  const now = deps.clock.now()
  const made = newUser(newUserId(deps), suggestedNameOf(upstream), now)
  const isVerified = email !== null && provider.policy.trustsEmails
  const planned = {
    ...made,
    email,
    emailVerifiedAt: isVerified ? now : null,
    roles: invitation?.roles ?? [],
    hasPassword: false,
  }
  const hash = dummyHash({ ...deps.hasher.hashParams, pepperId: null }) // no password fits it; a link or a code sets one
  const user = await insertNamed(deps, tx, planned, hash)
  const identity = newIdentity(deps, user.id, received)
  if (!(await tx.identities.add(identity)))
    throw new Error('an identity was linked in spite of the lock')
  if (invitation) await tx.invitations.markUsed(invitation.id, now)
  const events: readonly SecurityEvent[] = [
    { type: 'user_registered', user: user.id, facts: { invitation: invitation?.id } },
    identityLinked(identity, client),
  ]
  return startOrAskFactor(deps, tx, { user, hash, amr: federatedMethods }, client, ...events)
}

/** Judges whether the identity of a stranger makes a user. Pure. */
function judgeRegistration(
  { policies }: Pick<FinishFederatedDeps, 'policies'>,
  newUsers: 'registration' | 'always' | 'never',
  invitationHash: string | null,
):
  | Extract<Unregistered, 'identity_unknown' | 'registration_closed' | 'invitation_missing'>
  | undefined {
  const { registration } = policies.users
  if (newUsers === 'never') return 'identity_unknown'
  if (newUsers === 'always') return undefined
  if (registration === 'closed') return 'registration_closed'
  return registration === 'invitation' && invitationHash === null ? 'invitation_missing' : undefined
}

/**
 * Returns the address of a new user, or null for none. The verified address of another user refuses them: they have an account here. One that its user
 * has not verified is no proof of anything, and must not keep its owner out; the new user has no address then.
 */
async function freeEmailOf(
  tx: FederatedTx,
  { user }: ReceivedUser,
): Promise<string | null | 'identity_email_taken'> {
  const email = acceptableEmailOf(user)
  if (email === null) return null
  await tx.lock('emails')
  const holder = await tx.users.findByEmail(foldEmail(email))
  if (!holder) return email
  return holder.emailVerifiedAt === null ? null : 'identity_email_taken'
}

/** Writes a user under the suggested name, or under one with a suffix if that is taken. */
async function insertNamed(
  { random }: Pick<FinishFederatedDeps, 'random'>,
  tx: FederatedTx,
  user: User,
  hash: string,
): Promise<User> {
  for (const name of [user.name, otherName(user.name, random)]) {
    const named = { ...user, name }
    const taken = await insertUser(tx, named, hash)
    if (!taken) return named
    if (taken === 'email_taken') throw new Error('an address was taken in spite of the lock')
  }
  throw new Error('a random name is taken')
}

/** Makes the identity of a user who came from a provider. */
export function newIdentity(
  { random, clock }: Pick<FinishFederatedDeps, 'random' | 'clock'>,
  userId: string,
  { provider, user }: ReceivedUser,
): Identity {
  const { issuer, subject } = user
  return {
    id: `id_${random.bytes(16).toString('base64url')}`,
    userId,
    provider: provider.name,
    issuer,
    subject,
    label: labelOf(user),
    createdAt: clock.now(),
    lastUsedAt: clock.now(),
  }
}

/** Returns the event of an identity that was linked. */
export function identityLinked(identity: Identity, client: ClientInfo): SecurityEvent {
  const { userId: user, provider } = identity
  return { type: 'identity_linked', user, facts: { provider }, personal: personalOf(client) }
}
