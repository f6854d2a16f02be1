import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import {
  checkFactor,
  prepareProof,
  type CheckFactorDeps,
  type FactorCheck,
  type FactorProof,
  type PreparedProof,
} from '../factors/check-factor.ts'
import type { VerifyPasskeyDeps } from '../factors/check-passkey.ts'
import { secondStepBinding } from '../factors/passkey-challenge.ts'
import { withFactor } from '../factors/factor-policy.ts'
import {
  isUsable,
  type PendingSignIn,
  type PendingSignInTables,
} from '../factors/pending-sign-in.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Metrics } from '../kernel/ports.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { SessionGrant } from '../sessions/session.ts'
import {
  startSessionIn,
  type StartSessionDeps,
  type StartSessionTx,
} from '../sessions/start-session.ts'
import type { User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'

/** The dependencies of the second step of a sign-in. */
export interface FinishSignInDeps extends CheckFactorDeps, VerifyPasskeyDeps, StartSessionDeps {
  readonly store: StartSessionDeps['store'] & VerifyPasskeyDeps['store']
  readonly policies: StartSessionDeps['policies']
  readonly metrics: Metrics
}

/**
 * Completes a sign-in with a second factor. `signIn` is the secret of its first step. Fails with `sign_in_expired` if that is unknown, too old,
 * had too many wrong codes, or if the password was changed or the user disabled since; with `factor_wrong` or `passkey_wrong`; and with `login_delayed`.
 */
export async function finishSignIn(
  deps: FinishSignInDeps,
  signIn: Secret,
  proof: FactorProof,
  client: ClientInfo,
): Promise<SessionGrant> {
  const { store, metrics } = deps
  const prepared = await prepareProof(deps, proof)
  const tokenHash = hashOf(signIn)
  const verdict = await store.transaction((tx) => finishIn(deps, tx, tokenHash, prepared, client))
  if (!('kind' in verdict)) {
    metrics.count('logins_total', { outcome: 'signed_in' })
    return verdict
  }
  const failure = factorFailure(verdict)
  metrics.count('logins_total', { outcome: failure.code })
  throw failure
}

type Unfinished = Exclude<FactorCheck, { kind: 'proven' }> | { readonly kind: 'expired' }

async function finishIn(
  deps: FinishSignInDeps,
  tx: StartSessionTx,
  tokenHash: string,
  proof: PreparedProof,
  client: ClientInfo,
): Promise<SessionGrant | Unfinished> {
  const locked = await lockPending(deps, tx, tokenHash)
  if (!locked) return { kind: 'expired' }
  const { pending, user } = locked
  const binding = secondStepBinding(tokenHash)
  const check = await checkFactor(deps, tx, user, proof, binding, client)
  if (check.kind === 'delayed') return check
  if (check.kind === 'wrong') {
    await tx.pendingSignIns.countWrong(tokenHash)
    await recordEvents(deps, tx, ...check.events)
    return check
  }
  await tx.pendingSignIns.delete(tokenHash)
  const amr = withFactor(pending.amr, check.factor)
  return startSessionIn(deps, tx, user, amr, client, ...check.events)
}

/** Locks a pending sign-in and, before it, its user; `undefined` if it cannot be completed any more. */
export async function lockPending(
  { clock }: Pick<FinishSignInDeps, 'clock'>,
  tx: UserTables & PendingSignInTables,
  tokenHash: string,
): Promise<{ readonly pending: PendingSignIn; readonly user: User } | undefined> {
  const userId = (await tx.pendingSignIns.find(tokenHash))?.userId
  const found = userId === undefined ? undefined : await tx.users.lock(userId)
  const pending = found && (await tx.pendingSignIns.lock(tokenHash))
  if (!pending || !isUsable(pending, found.hash, clock.now())) return undefined
  return found.user.disabledAt === null ? { pending, user: found.user } : undefined
}

/** Returns the failure of a second factor that was not proven. */
export function factorFailure(verdict: Unfinished) {
  switch (verdict.kind) {
    case 'expired':
      return fail('sign_in_expired')
    case 'wrong':
      return verdict.factor === 'passkey'
        ? fail('passkey_wrong', { facts: { problem: verdict.problem } })
        : fail('factor_wrong')
    case 'delayed':
      return fail('login_delayed', { facts: { retryAfter: verdict.retryAfter } })
  }
}
