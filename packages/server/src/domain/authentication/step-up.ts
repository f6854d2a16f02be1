import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { personalOf, type SecurityEvent } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import {
  checkFactor,
  prepareProof,
  type CheckFactorDeps,
  type FactorProof,
} from '../factors/check-factor.ts'
import type { VerifyPasskeyDeps } from '../factors/check-passkey.ts'
import { stepUpBinding } from '../factors/passkey-challenge.ts'
import {
  hasFactor,
  isMultiFactor,
  withFactor,
  type EnrolledFactors,
} from '../factors/factor-policy.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import type { PasswordTx } from '../passwords/check-password-attempt.ts'
import {
  confirmPassword,
  judgeOwner,
  judgeSession,
  type ConfirmDeps,
} from '../passwords/confirm-password.ts'
import type { SessionOwner } from '../sessions/end-sessions.ts'
import { renewTokens } from '../sessions/renew-tokens.ts'
import { isRecentlyProven, type Session, type SessionGrant } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import { factorFailure } from './finish-sign-in.ts'

/** Judges whether a session may change the factors of its user: one who has a factor must have proven it recently. Pure. */
export function judgeRecent(
  session: Pick<Session, 'amr' | 'authenticatedAt'>,
  enrolled: EnrolledFactors,
  now: Seconds,
): 'recent' | 'step_up_required' {
  if (!hasFactor(enrolled)) return 'recent'
  const isRecent = isMultiFactor(session.amr) && isRecentlyProven(session, now)
  return isRecent ? 'recent' : 'step_up_required'
}

/** The proof that a user gives again in a session: a factor, or the password if they have no factor. */
export type StepUpProof = FactorProof | { readonly kind: 'password'; readonly password: Secret }

/** The dependencies of {@link stepUp}. */
export interface StepUpDeps extends CheckFactorDeps, VerifyPasskeyDeps, ConfirmDeps {
  readonly store: ConfirmDeps['store'] & VerifyPasskeyDeps['store']
  readonly policies: ConfirmDeps['policies'] & CheckFactorDeps['policies']
}

/**
 * Proves in a session again who its user is (RFC 9470): its tokens then say so by `amr`, `acr` and `auth_time`. The session gets new tokens, and
 * those that it had are refused, so that a copy of them gains nothing. Fails with `factor_wrong`, `passkey_wrong` or `current_password_wrong`, with
 * `step_up_required` for the password of a user who has a factor, and with `login_delayed`, `busy`, `user_gone` and `session_ended`.
 */
export async function stepUp(
  deps: StepUpDeps,
  owner: SessionOwner,
  proof: StepUpProof,
  client: ClientInfo,
): Promise<SessionGrant> {
  if (proof.kind === 'password') return stepUpWithPassword(deps, owner, proof.password, client)
  const prepared = await prepareProof(deps, proof)
  const binding = stepUpBinding(owner.sessionId)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeSession(deps, tx, owner)
    if (typeof judged === 'string') return judged
    const check = await checkFactor(deps, tx, judged.user, prepared, binding, client)
    if (check.kind === 'delayed') return check
    if (check.kind === 'proven')
      return renewIn(
        deps,
        tx,
        judged,
        withFactor(judged.session.amr, check.factor),
        client,
        check.events,
      )
    await recordEvents(deps, tx, ...check.events)
    return check
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  if ('kind' in verdict) throw factorFailure(verdict)
  return verdict
}

async function stepUpWithPassword(
  deps: StepUpDeps,
  owner: SessionOwner,
  password: Secret,
  client: ClientInfo,
): Promise<SessionGrant> {
  const proven = await confirmPassword(deps, { userId: owner.userId, password, client })
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeOwner(deps, tx, owner, proven)
    if (typeof judged === 'string') return judged
    if (hasFactor(await tx.enrolledFactors.find(owner.userId))) return 'step_up_required'
    return renewIn(deps, tx, judged, proven.amr, client) // not `mfa` of a factor that was removed since: `auth_time` is that of the password
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  return verdict
}

async function renewIn(
  deps: StepUpDeps,
  tx: PasswordTx,
  { user, session }: { readonly user: User; readonly session: Session },
  amr: readonly string[],
  client: ClientInfo,
  before: readonly SecurityEvent[] = [],
): Promise<SessionGrant> {
  const now = deps.clock.now()
  await tx.sessions.setAuthentication(session.id, amr, now)
  const renewed = await renewTokens(deps, tx, { ...session, amr, authenticatedAt: now })
  const done = { type: 'stepped_up', user: user.id, session: session.id, facts: { amr } } as const
  await recordEvents(deps, tx, ...before, { ...done, personal: personalOf(client) })
  return { ...renewed, user }
}
