import type { Seconds } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'

/** The binding of a challenge: its purpose, and the session or the pending sign-in that it belongs to; empty for a sign-in without a name. */
export interface ChallengeBinding {
  readonly purpose: 'add' | 'sign_in' | 'second_step' | 'step_up'
  readonly subject: string
}

/** A challenge that a passkey is to sign (WebAuthn Level 3, section 13.4.3), in base64url. */
export interface PasskeyChallenge extends ChallengeBinding {
  readonly challenge: string
  readonly expiresAt: Seconds
}

/** The table of challenges. */
export interface PasskeyChallengeTable {
  add(challenge: PasskeyChallenge): Promise<void>
  /** Deletes a challenge; returns false if there is none with this binding that expires after `now`. */
  use(challenge: string, binding: ChallengeBinding, now: Seconds): Promise<boolean>
  /** Deletes those that expired before `before`. */
  prune(before: Seconds): Promise<void>
}

/** The table of challenges, as part of a store or a transaction. */
export interface PasskeyChallengeTables {
  readonly passkeyChallenges: PasskeyChallengeTable
}

/** The binding of challenges for signing in without a name: the browser names the user. */
export const signInBinding: ChallengeBinding = { purpose: 'sign_in', subject: '' }

/** The binding of challenges for the second step of a sign-in. */
export function secondStepBinding(tokenHash: string): ChallengeBinding {
  return { purpose: 'second_step', subject: tokenHash }
}

/** The binding of challenges for step-up in a session. */
export function stepUpBinding(sessionId: string): ChallengeBinding {
  return { purpose: 'step_up', subject: sessionId }
}

/** The lifetime of a challenge, in seconds: time to find the security key; a sign-in page that is open for longer requests another one. */
export const challengeSeconds = 600

/** Makes a challenge of 256 bits. */
export function newPasskeyChallenge(
  random: Random,
  binding: ChallengeBinding,
  now: Seconds,
): PasskeyChallenge {
  const challenge = random.bytes(32).toString('base64url')
  return { ...binding, challenge, expiresAt: now + challengeSeconds }
}
