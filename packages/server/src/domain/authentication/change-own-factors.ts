import { fail } from '../../failures.ts'
import { personalOf, type SecurityEvent } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import {
  judgeRemoval,
  withFactor,
  type EnrolledFactors,
  type FactorKind,
  type FactorPolicy,
} from '../factors/factor-policy.ts'
import type { WebAuthn } from '../factors/passkey.ts'
import { newRecoveryCodes, recoveryCodeHash } from '../factors/recovery-code.ts'
import type { TotpCodes } from '../factors/totp.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import type { MailKind } from '../mail/mail.ts'
import type { PasswordTx } from '../passwords/check-password-attempt.ts'
import {
  confirmPassword,
  judgeOwner,
  type ConfirmDeps,
  type Owner,
} from '../passwords/confirm-password.ts'
import { isLongEnough, type PasswordRules } from '../passwords/password.ts'
import { endingOf } from '../sessions/end-sessions.ts'
import { renewTokens } from '../sessions/renew-tokens.ts'
import type { Session, SessionGrant } from '../sessions/session.ts'
import { canSignIn, type FederationPolicy } from '../users/identity.ts'
import type { User } from '../users/user.ts'
import { judgeRecent } from './step-up.ts'

// The common part of all changes of the second factors of a signed-in user. Each takes the password, and of a user who has a factor also a sign-in
// with it that is recent.

/** The dependencies of changes of one's own factors. */
export interface OwnFactorDeps extends ConfirmDeps, EnqueueDeps {
  readonly totpCodes: TotpCodes
  readonly webAuthn: WebAuthn
  readonly issuer: { readonly url: string }
  readonly policies: ConfirmDeps['policies'] &
    EnqueueDeps['policies'] & {
      readonly factors: FactorPolicy
      readonly federation: FederationPolicy
      readonly passwords: Pick<PasswordRules, 'minLength'>
    }
}

/** A factor that is added and removed by itself; recovery codes go with these. */
type AddableFactor = Exclude<FactorKind, 'recovery_code'>

const noticeOf: Readonly<Record<AddableFactor, MailKind>> = {
  totp: 'factor-added',
  passkey: 'passkey-added',
}

/** A factor that was added: the new tokens of the session, and the recovery codes if the user had none. */
export interface AddedFactor {
  readonly grant: SessionGrant
  readonly recoveryCodes: readonly Secret[]
}

/** Records that a user has added a factor in a session that is alive, which counts as signed in with it. */
export async function addFactorIn(
  deps: OwnFactorDeps,
  tx: PasswordTx,
  { user, session }: { readonly user: User; readonly session: Session },
  factor: AddableFactor,
  client: ClientInfo,
): Promise<AddedFactor> {
  const { recoveryCodes, events } = await recordFactorIn(deps, tx, user, factor, client, session.id)
  const now = deps.clock.now()
  const amr = withFactor(session.amr, factor)
  await tx.sessions.setAuthentication(session.id, amr, now)
  const renewed = await renewTokens(deps, tx, { ...session, amr, authenticatedAt: now })
  await recordEvents(deps, tx, ...events)
  return { grant: { ...renewed, user }, recoveryCodes }
}

/**
 * Completes adding a factor of a locked user: makes recovery codes if there are none, sends a notice, and ends all sessions but one. Returns the codes, and the
 * events to record last.
 */
export async function recordFactorIn(
  deps: OwnFactorDeps,
  tx: PasswordTx,
  user: User,
  factor: AddableFactor,
  client: ClientInfo,
  except?: string,
): Promise<{
  readonly recoveryCodes: readonly Secret[]
  readonly events: readonly SecurityEvent[]
}> {
  const now = deps.clock.now()
  const reason = 'factors_changed'
  const hasCodes = (await tx.recoveryCodes.count(user.id)) > 0
  const recoveryCodes = hasCodes ? [] : await replaceRecoveryCodes(deps, tx, user.id)
  await notifyOwner(deps, tx, user, noticeOf[factor], { client })
  const ended = await tx.sessions.endAll(user.id, now, reason, except)
  const added = { type: 'factor_added', user: user.id, facts: { factor } } as const
  const events = [
    { ...added, personal: personalOf(client) },
    ...(hasCodes ? [] : [recoveryCodesMade(user.id, client)]),
    ...ended.map((id) => endingOf(user.id, id, reason)),
  ]
  return { recoveryCodes, events }
}

/**
 * Completes removing a factor in the session of its locked user: ends all other sessions, because the lost or stolen factor may have started one, and
 * sends a notice. With the last factor the recovery codes go, and the next tokens of the session have the methods of one factor. Returns the
 * events to record, or the reason to refuse. The caller deletes the factor itself.
 */
export async function removeFactorIn(
  deps: OwnFactorDeps,
  tx: PasswordTx,
  { user, session }: { readonly user: User; readonly session: Session },
  factor: AddableFactor,
  { client, password }: Owner,
): Promise<readonly SecurityEvent[] | OwnRefusal> {
  const { policies, clock } = deps
  const enrolled = await tx.enrolledFactors.find(user.id)
  const verdict = judgeRemoval(policies.factors, user, enrolled, factor)
  if (verdict === 'factor_unknown' || verdict === 'factor_needed') return verdict
  const isLast = verdict === 'last_factor'
  if (isLast && user.hasPassword && !isLongEnough(password, policies.passwords.minLength))
    return 'password_needs_factor'
  if (!(await canSignInWithout(deps, tx, user, enrolled, factor))) return 'last_sign_in_method'
  if (isLast) await tx.recoveryCodes.replace(user.id, [])
  await notifyOwner(deps, tx, user, 'factor-removed', { client })
  const reason = 'factors_changed'
  const ended = await tx.sessions.endAll(user.id, clock.now(), reason, session.id)
  if (isLast)
    await tx.sessions.setAuthentication(
      session.id,
      firstFactor(session.amr),
      session.authenticatedAt,
    )
  const removed = { type: 'factor_removed', user: user.id, facts: { factor } } as const
  return [
    { ...removed, personal: personalOf(client) },
    ...ended.map((id) => endingOf(user.id, id, reason)),
  ]
}

/** Returns whether a locked user who removes a factor still has a way in: a passkey may be the only one of a user without a password. */
async function canSignInWithout(
  { policies }: OwnFactorDeps,
  tx: PasswordTx,
  user: User,
  enrolled: EnrolledFactors,
  factor: AddableFactor,
): Promise<boolean> {
  const passkeys = enrolled.passkeys - (factor === 'passkey' ? 1 : 0)
  const identities = await tx.identities.list(user.id)
  return canSignIn(policies.federation, { user, passkeys, identities })
}

/** Returns the methods of a session whose user has no second factor any more. */
function firstFactor(amr: readonly string[]): readonly string[] {
  return amr.includes('fed') ? ['fed'] : ['pwd']
}

/** Replaces the recovery codes of a locked user. */
export async function replaceRecoveryCodes(
  { random, root }: Pick<OwnFactorDeps, 'random' | 'root'>,
  tx: PasswordTx,
  userId: string,
): Promise<readonly Secret[]> {
  const codes = newRecoveryCodes(random)
  const hashes = codes.map((code) => recoveryCodeHash(root, userId, code))
  await tx.recoveryCodes.replace(userId, hashes)
  return codes
}

/** Returns the event of new recovery codes. */
export function recoveryCodesMade(user: string, client: ClientInfo): SecurityEvent {
  return { type: 'recovery_codes_made', user, facts: {}, personal: personalOf(client) }
}

/** The result of a change, and the events that are recorded last. */
interface Changed<T> {
  readonly result: T
  readonly events?: readonly SecurityEvent[]
}

/** The reason why a change of what a user signs in with is refused. */
type OwnRefusal =
  | 'factor_unknown'
  | 'factor_needed'
  | 'password_needs_factor'
  | 'passkeys_too_many'
  | 'identity_unknown'
  | 'identities_too_many'
  | 'last_sign_in_method'

/**
 * Runs a change of what a user signs in with, in a transaction in which their proof still holds: the password, or a recent sign-in of a user who has none,
 * and a recent proof of a factor of a user who has one. Fails as `confirmPassword` does, with `step_up_required`, and with the refusals of the change.
 */
export async function changeOwn<T>(
  deps: OwnFactorDeps,
  owner: Owner,
  change: (
    tx: PasswordTx,
    judged: { readonly user: User; readonly session: Session },
  ) => Promise<Changed<T> | OwnRefusal>,
): Promise<T> {
  const proven = await confirmPassword(deps, owner)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeOwner(deps, tx, owner, proven)
    if (typeof judged === 'string') return judged
    const enrolled = await tx.enrolledFactors.find(owner.userId)
    if (judgeRecent(judged.session, enrolled, deps.clock.now()) !== 'recent')
      return 'step_up_required'
    const changed = await change(tx, judged)
    if (typeof changed === 'object' && changed.events)
      await recordEvents(deps, tx, ...changed.events)
    return changed
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  return verdict.result
}
