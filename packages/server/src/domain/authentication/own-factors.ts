import { fail } from '../../failures.ts'
import { hasFactor } from '../factors/factor-policy.ts'
import { decryptTotp, encryptTotp } from '../factors/totp.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import { notifyOwner } from '../mail/enqueue-mail.ts'
import type { PasswordTx } from '../passwords/check-password-attempt.ts'
import { judgeSession, type Owner } from '../passwords/confirm-password.ts'
import type { SessionOwner } from '../sessions/end-sessions.ts'
import type { User } from '../users/user.ts'
import {
  addFactorIn,
  changeOwn,
  recoveryCodesMade,
  removeFactorIn,
  replaceRecoveryCodes,
  type AddedFactor,
  type OwnFactorDeps,
} from './change-own-factors.ts'

// The authenticator application and the recovery codes of a signed-in user; the passkeys are in own-passkeys.ts.

/** The time for which a new secret waits for its first code, in seconds. */
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
): Promise<AddedFactor> {
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeSession(deps, tx, owner)
    if (typeof judged === 'string') return judged
    const step = await proposedStepOf(deps, tx, owner.userId, code)
    if (typeof step === 'string') return step
    await tx.totp.confirm(owner.userId, step, deps.clock.now())
    return addFactorIn(deps, tx, judged, 'totp', client)
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

/**
 * Removes the authenticator application of the signed-in user, and with the last factor the recovery codes. Fails as `confirmPassword` does, with
 * `step_up_required`, `factor_unknown`, and for the last factor with `factor_needed` if the policy requires one of the user, or with
 * `password_needs_factor` if the password is too short to be the only one.
 */
export async function removeTotp(deps: OwnFactorDeps, owner: Owner): Promise<void> {
  await changeOwn(deps, owner, async (tx, judged) => {
    const removed = await removeFactorIn(deps, tx, judged, 'totp', owner)
    if (typeof removed === 'string') return removed
    await tx.totp.delete(judged.user.id)
    return { result: undefined, events: removed }
  })
}

/** Makes ten new recovery codes; earlier ones end. Fails as `confirmPassword` does, and with `step_up_required` and `factor_unknown`. */
export async function makeRecoveryCodes(
  deps: OwnFactorDeps,
  owner: Owner,
): Promise<readonly Secret[]> {
  return changeOwn(deps, owner, async (tx, { user }) => {
    if (!hasFactor(await tx.enrolledFactors.find(user.id))) return 'factor_unknown'
    const codes = await replaceRecoveryCodes(deps, tx, user.id)
    await notifyOwner(deps, tx, user, 'recovery-codes-made', { client: owner.client })
    return { result: codes, events: [recoveryCodesMade(user.id, owner.client)] }
  })
}
