import { fail } from '../../failures.ts'
import { personalOf, type SecurityEvent } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { readFactors } from '../factors/enrolled-factors.ts'
import { requiresFactor, withFactor, type FactorPolicy } from '../factors/factor-policy.ts'
import { newRecoveryCodes, recoveryCodeHash } from '../factors/recovery-code.ts'
import { decryptTotp, encryptTotp, type TotpCodes } from '../factors/totp.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import type { PasswordTx } from '../passwords/check-password-attempt.ts'
import {
  confirmPassword,
  judgeOwner,
  judgeSession,
  type ConfirmDeps,
  type Owner,
} from '../passwords/confirm-password.ts'
import { endingOf, type SessionOwner } from '../sessions/end-sessions.ts'
import { renewTokens } from '../sessions/renew-tokens.ts'
import type { Session, SessionGrant } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import { judgeRecent } from './step-up.ts'

// The second factors of a signed-in user: added, removed and renewed by themselves. Each change takes the password, and of a user who has a
// factor also a sign-in with it that is recent.

/** What changing one's own factors needs. */
export interface OwnFactorDeps extends ConfirmDeps, EnqueueDeps {
  readonly totpCodes: TotpCodes
  readonly issuer: { readonly url: string }
  readonly policies: ConfirmDeps['policies'] &
    EnqueueDeps['policies'] & { readonly factors: FactorPolicy }
}

/** How long a new secret waits for its first code. */
const proposalSeconds = 600

/** The secret of a new authenticator application, as text and as the URI of a QR code. It is shown once. */
export interface ProposedTotp {
  readonly secret: Secret
  readonly uri: Secret
}

/**
 * Makes a secret for an authenticator application of the signed-in user. It replaces the one that the user has once {@link confirmTotp} has
 * accepted its first code. Fails as `confirmPassword` does, and with `step_up_required`.
 */
export async function proposeTotp(deps: OwnFactorDeps, owner: Owner): Promise<ProposedTotp> {
  return changeOwn(deps, owner, async (tx, { user }) => {
    return { result: await proposeTotpIn(deps, tx, user) }
  })
}

/** Makes a secret for an authenticator application of a locked user. */
export async function proposeTotpIn(
  deps: OwnFactorDeps,
  tx: PasswordTx,
  user: User,
): Promise<ProposedTotp> {
  const secret = deps.totpCodes.newSecret(deps.random)
  const until = deps.clock.now() + proposalSeconds
  await tx.totp.propose(user.id, encryptTotp(deps, user.id, secret), until)
  const service = new URL(deps.issuer.url).host
  return { secret, uri: deps.totpCodes.uriOf(secret, { service, user: user.name }) }
}

/** An authenticator application that was added: the new tokens of the session, and the recovery codes if the user had none. */
export interface AddedTotp {
  readonly grant: SessionGrant
  readonly recoveryCodes: readonly Secret[]
}

/**
 * Adds the proposed authenticator application, whose first code the user has entered. From the commit on each sign-in needs it. All other
 * sessions end, because they were started without it; this one counts as signed in with it and gets new tokens. Fails with
 * `factor_not_proposed`, `factor_wrong`, `user_gone` and `session_ended`.
 */
export async function confirmTotp(
  deps: OwnFactorDeps,
  owner: SessionOwner,
  code: Secret,
  client: ClientInfo,
): Promise<AddedTotp> {
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeSession(deps, tx, owner)
    if (typeof judged === 'string') return judged
    const step = await proposedStepOf(deps, tx, owner.userId, code)
    if (typeof step === 'string') return step
    return addTotpIn(deps, tx, judged, step, client)
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  return verdict
}

/** Returns the time step of the first code of a proposed application, or the reason to refuse. */
export async function proposedStepOf(
  { root, clock, totpCodes }: OwnFactorDeps,
  tx: PasswordTx,
  userId: string,
  code: Secret,
): Promise<number | 'factor_not_proposed' | 'factor_wrong'> {
  const totp = await tx.totp.find(userId)
  const isLive = totp && clock.now() < (totp.proposedUntil ?? 0)
  const secret = isLive ? decryptTotp(root, userId, totp.proposed) : undefined
  if (!secret) return 'factor_not_proposed'
  return totpCodes.stepOf(secret, code, clock.now()) ?? 'factor_wrong'
}

/** Adds the application to a session that is alive, which counts as signed in with it. */
async function addTotpIn(
  deps: OwnFactorDeps,
  tx: PasswordTx,
  { user, session }: { readonly user: User; readonly session: Session },
  step: number,
  client: ClientInfo,
): Promise<AddedTotp> {
  const { recoveryCodes, events } = await storeTotpIn(deps, tx, user, step, client, session.id)
  const now = deps.clock.now()
  const amr = withFactor(session.amr, 'totp')
  await tx.sessions.setAuthentication(session.id, amr, now)
  const renewed = await renewTokens(deps, tx, { ...session, amr, authenticatedAt: now })
  await recordEvents(deps, tx, ...events)
  return { grant: { ...renewed, user }, recoveryCodes }
}

/**
 * Stores a confirmed application of a locked user, with recovery codes if there are none, and ends all sessions but one. Returns the codes, and the
 * events to record last.
 */
export async function storeTotpIn(
  deps: OwnFactorDeps,
  tx: PasswordTx,
  user: User,
  step: number,
  client: ClientInfo,
  except?: string,
): Promise<{
  readonly recoveryCodes: readonly Secret[]
  readonly events: readonly SecurityEvent[]
}> {
  const now = deps.clock.now()
  const reason = 'factors_changed'
  await tx.totp.confirm(user.id, step, now)
  const hasCodes = (await tx.recoveryCodes.count(user.id)) > 0
  const recoveryCodes = hasCodes ? [] : await replaceRecoveryCodes(deps, tx, user.id)
  await notifyOwner(deps, tx, user, 'factor-added', { client })
  const ended = await tx.sessions.endAll(user.id, now, reason, except)
  const added = { type: 'factor_added', user: user.id, facts: { factor: 'totp' } } as const
  const events = [
    { ...added, personal: personalOf(client) },
    ...(hasCodes ? [] : [codesMade(user.id, client)]),
    ...ended.map((id) => endingOf(user.id, id, reason)),
  ]
  return { recoveryCodes, events }
}

/**
 * Removes the authenticator application of the signed-in user, and with the last factor the recovery codes. Fails as `confirmPassword` does, with
 * `step_up_required`, `factor_unknown`, and with `factor_needed` if the policy requires a factor of the user.
 */
export async function removeTotp(deps: OwnFactorDeps, owner: Owner): Promise<void> {
  await changeOwn(deps, owner, async (tx, { user }) => {
    const enrolled = await readFactors(tx, user.id)
    if (!enrolled.totp) return 'factor_unknown'
    if (requiresFactor(deps.policies.factors, user.roles)) return 'factor_needed'
    await tx.totp.delete(user.id)
    await tx.recoveryCodes.replace(user.id, [])
    await notifyOwner(deps, tx, user, 'factor-removed', { client: owner.client })
    const removed = { type: 'factor_removed', user: user.id, facts: { factor: 'totp' } } as const
    return { result: undefined, event: { ...removed, personal: personalOf(owner.client) } }
  })
}

/** Makes ten new recovery codes; earlier ones end. Fails as `confirmPassword` does, and with `step_up_required` and `factor_unknown`. */
export async function makeRecoveryCodes(
  deps: OwnFactorDeps,
  owner: Owner,
): Promise<readonly Secret[]> {
  return changeOwn(deps, owner, async (tx, { user }) => {
    if (!(await readFactors(tx, user.id)).totp) return 'factor_unknown'
    const codes = await replaceRecoveryCodes(deps, tx, user.id)
    return { result: codes, event: codesMade(user.id, owner.client) }
  })
}

async function replaceRecoveryCodes(
  { random, root }: Pick<OwnFactorDeps, 'random' | 'root'>,
  tx: PasswordTx,
  userId: string,
): Promise<readonly Secret[]> {
  const codes = newRecoveryCodes(random)
  const hashes = codes.map((code) => recoveryCodeHash(root, userId, code))
  await tx.recoveryCodes.replace(userId, hashes)
  return codes
}

function codesMade(user: string, client: ClientInfo): SecurityEvent {
  return { type: 'recovery_codes_made', user, facts: {}, personal: personalOf(client) }
}

/** What a change returns: its result, and the event that is recorded last. */
interface Changed<T> {
  readonly result: T
  readonly event?: SecurityEvent
}

/** Runs a change of the factors of a user who confirms it with their password, in a transaction in which the proof still holds. */
async function changeOwn<T>(
  deps: OwnFactorDeps,
  owner: Owner,
  change: (
    tx: PasswordTx,
    judged: { readonly user: User; readonly session: Session },
  ) => Promise<Changed<T> | 'factor_unknown' | 'factor_needed'>,
): Promise<T> {
  const proven = await confirmPassword(deps, owner)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeOwner(deps, tx, owner, proven)
    if (typeof judged === 'string') return judged
    const enrolled = await readFactors(tx, owner.userId)
    if (judgeRecent(judged.session, enrolled, deps.clock.now()) !== 'recent')
      return 'step_up_required'
    const changed = await change(tx, judged)
    if (typeof changed === 'object' && changed.event) await recordEvents(deps, tx, changed.event)
    return changed
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  return verdict.result
}
