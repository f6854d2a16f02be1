import { fail } from '../../failures.ts'
import type { VerifyPasskeyDeps } from '../factors/check-passkey.ts'
import { hasFactor, withFactor } from '../factors/factor-policy.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { startSessionIn } from '../sessions/start-session.ts'
import { lockPending, type FinishSignInDeps } from './finish-sign-in.ts'
import { recordFactorIn, type AddedFactor, type OwnFactorDeps } from './change-own-factors.ts'
import { proposedStepOf, proposeTotpIn, type ProposedTotp } from './own-factors.ts'

// Adding the first factor in a sign-in that must have one. The password is enough for it, as long as the account has no factor: the owner
// gets a mail, and all sessions that were started without it end.

/** The dependencies of adding a factor in a sign-in. */
export interface EnrolDeps extends FinishSignInDeps, OwnFactorDeps {
  readonly policies: FinishSignInDeps['policies'] & OwnFactorDeps['policies']
  readonly store: OwnFactorDeps['store'] & VerifyPasskeyDeps['store']
}

/**
 * Makes a secret for an authenticator application in a sign-in that was answered with `factor_enrolment_required`. Fails with `sign_in_expired`, and
 * with `factor_required` if the user has a factor: the password must not be enough to add another.
 */
export async function proposeInSignIn(deps: EnrolDeps, signIn: Secret): Promise<ProposedTotp> {
  const verdict = await deps.store.transaction(async (tx) => {
    const locked = await lockPending(deps, tx, hashOf(signIn))
    if (!locked) return 'sign_in_expired'
    if (hasFactor(await tx.enrolledFactors.find(locked.user.id))) return 'factor_required'
    return proposeTotpIn(deps, tx, locked.user)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Adds the proposed application with its first code, and completes the sign-in. Fails with `sign_in_expired`, also after too many wrong codes,
 * with `factor_required`, `factor_not_proposed` and `factor_wrong`.
 */
export async function enrolInSignIn(
  deps: EnrolDeps,
  signIn: Secret,
  code: Secret,
  client: ClientInfo,
): Promise<AddedFactor> {
  const tokenHash = hashOf(signIn)
  const verdict = await deps.store.transaction(async (tx) => {
    const locked = await lockPending(deps, tx, tokenHash)
    if (!locked) return 'sign_in_expired'
    const { user, pending } = locked
    if (hasFactor(await tx.enrolledFactors.find(user.id))) return 'factor_required'
    const step = await proposedStepOf(deps, tx, user.id, code)
    if (step === 'factor_wrong') await tx.pendingSignIns.countWrong(tokenHash)
    if (typeof step === 'string') return step
    await tx.pendingSignIns.delete(tokenHash)
    await tx.totp.confirm(user.id, step, deps.clock.now())
    const { recoveryCodes, events } = await recordFactorIn(deps, tx, user, 'totp', client)
    const amr = withFactor(pending.amr, 'totp')
    const grant = await startSessionIn(deps, tx, user, amr, client, ...events)
    return { grant, recoveryCodes }
  })
  const outcome = typeof verdict === 'string' ? verdict : 'signed_in'
  deps.metrics.count('logins_total', { outcome })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}
