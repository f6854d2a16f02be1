import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { checkFactor, prepareProof } from '../factors/check-factor.ts'
import { withFactor } from '../factors/factor-policy.ts'
import {
  challengeSeconds,
  newPasskeyChallenge,
  secondStepBinding,
  signInBinding,
  stepUpBinding,
  type ChallengeBinding,
  type PasskeyChallengeTables,
} from '../factors/passkey-challenge.ts'
import { requestOptions, type RequestOptions } from '../factors/passkey-options.ts'
import type { PasskeyResponse, WebAuthn } from '../factors/passkey.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { limitKey } from '../limits/limit-key.ts'
import { judgeSession } from '../passwords/confirm-password.ts'
import type { SessionOwner } from '../sessions/end-sessions.ts'
import type { SessionGrant } from '../sessions/session.ts'
import { startSessionIn, type StartSessionTx } from '../sessions/start-session.ts'
import { factorFailure, lockPending, type FinishSignInDeps } from './finish-sign-in.ts'

// Signing with a passkey: in place of name and password, as the second step of a sign-in, or for step-up. Each begins with options, whose
// challenge is bound to what it is for.

/** The dependencies of sign-ins with a passkey, and of the options that browsers need for them. */
export interface PasskeySignInDeps extends FinishSignInDeps {
  readonly store: FinishSignInDeps['store'] & PasskeyChallengeTables
  readonly webAuthn: WebAuthn
}

/** Returns the options to sign in with a passkey, whose user the browser names. */
export async function passkeyOptions(deps: PasskeySignInDeps): Promise<RequestOptions> {
  const challenge = newPasskeyChallenge(deps.random, signInBinding, deps.clock.now())
  await deps.store.passkeyChallenges.add(challenge)
  return requestOptions(deps.webAuthn, [], challenge)
}

/** Returns the options to complete a sign-in with a passkey. Fails with `sign_in_expired`, and with `factor_unknown` if its user has none. */
export async function secondStepOptions(
  deps: PasskeySignInDeps,
  signIn: Secret,
): Promise<RequestOptions> {
  const tokenHash = hashOf(signIn)
  const verdict = await deps.store.transaction(async (tx) => {
    const locked = await lockPending(deps, tx, tokenHash)
    if (!locked) return 'sign_in_expired'
    return optionsIn(deps, tx, locked.user.id, secondStepBinding(tokenHash))
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/** Returns the options to step up with a passkey. Fails with `user_gone`, `session_ended`, and with `factor_unknown` if the user has none. */
export async function stepUpOptions(
  deps: PasskeySignInDeps,
  owner: SessionOwner,
): Promise<RequestOptions> {
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeSession(deps, tx, owner)
    if (typeof judged === 'string') return judged
    return optionsIn(deps, tx, owner.userId, stepUpBinding(owner.sessionId))
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  return verdict
}

// Pages with these options make a challenge each time that they are opened, which no limit of forms counts.
const challengesOfOne = { capacity: 20, period: challengeSeconds }

/** Makes a challenge for one sign-in or session, and returns the options. Fails with `limit_exceeded` after many. */
async function optionsIn(
  { webAuthn, random, clock, root }: PasskeySignInDeps,
  tx: StartSessionTx,
  userId: string,
  binding: ChallengeBinding,
): Promise<RequestOptions | 'factor_unknown'> {
  const passkeys = await tx.passkeys.list(userId)
  if (passkeys.length === 0) return 'factor_unknown'
  const key = limitKey(root, 'passkey-challenges', binding.purpose, binding.subject)
  const retryAfter = await tx.limits.take(key, challengesOfOne, clock.now())
  if (retryAfter > 0) throw fail('limit_exceeded', { facts: { retryAfter } })
  const challenge = newPasskeyChallenge(random, binding, clock.now())
  await tx.passkeyChallenges.add(challenge)
  return requestOptions(webAuthn, passkeys, challenge)
}

/**
 * Signs in with a passkey alone: its device has verified the user, so it is two factors. Fails with `passkey_wrong`, and with `credentials_wrong`
 * if the user is disabled.
 */
export async function signInWithPasskey(
  deps: PasskeySignInDeps,
  response: PasskeyResponse,
  client: ClientInfo,
): Promise<SessionGrant> {
  const { store, metrics } = deps
  const proof = await prepareProof(deps, { kind: 'passkey', response })
  const userId = proof.kind === 'passkey' ? proof.signature.passkey?.userId : undefined
  const verdict = await store.transaction(async (tx) => {
    const found = userId === undefined ? undefined : await tx.users.lock(userId)
    if (!found) return 'unknown'
    const { user } = found
    const check = await checkFactor(deps, tx, user, proof, signInBinding, client)
    if (check.kind === 'proven' && user.disabledAt === null)
      return startSessionIn(deps, tx, user, withFactor([], check.factor), client, ...check.events)
    if (check.kind === 'proven') return 'disabled'
    if (check.kind === 'wrong') await recordEvents(deps, tx, ...check.events)
    return check
  })
  if (typeof verdict === 'object' && 'session' in verdict) {
    metrics.count('logins_total', { outcome: 'signed_in' })
    return verdict
  }
  const failure = passkeyFailure(verdict, userId)
  metrics.count('logins_total', { outcome: failure.code })
  throw failure
}

function passkeyFailure(
  verdict: 'unknown' | 'disabled' | Parameters<typeof factorFailure>[0],
  user: string | undefined,
) {
  if (verdict === 'unknown') return fail('passkey_wrong', { facts: { problem: verdict } })
  if (verdict === 'disabled') return fail('credentials_wrong', { facts: { user } })
  return factorFailure(verdict)
}
