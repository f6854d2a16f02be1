import type { Clock } from '@countersign/token'
import type { ChallengeBinding, PasskeyChallengeTables } from './passkey-challenge.ts'
import {
  isLaterCounter,
  userHandleOf,
  type Passkey,
  type PasskeyProblem,
  type PasskeyResponse,
  type PasskeyTables,
  type VerifiedResponse,
  type WebAuthn,
} from './passkey.ts'

/** The dependencies of {@link verifyPasskey}. */
export interface VerifyPasskeyDeps {
  readonly store: PasskeyTables
  readonly webAuthn: WebAuthn
}

/** The signature of a passkey, verified or with a problem. It proves a factor only once {@link usePasskey} has accepted it. */
export interface PasskeySignature {
  readonly response: PasskeyResponse
  /** Undefined for an unknown passkey. */
  readonly passkey: Passkey | undefined
  readonly verified: VerifiedResponse | PasskeyProblem
}

/** Verifies the signature of a passkey. It computes in the background, so it is called before the transaction of {@link usePasskey}. */
export async function verifyPasskey(
  { store, webAuthn }: VerifyPasskeyDeps,
  response: PasskeyResponse,
): Promise<PasskeySignature> {
  const passkey = await store.passkeys.findByCredential(response.credentialId)
  const verified = passkey ? await webAuthn.verify(response, passkey.publicKey) : 'unknown'
  return { response, passkey, verified }
}

/**
 * Uses up the challenge of a verified signature and records the use of the passkey. What may have changed since the signature was verified is
 * judged here: lock the user first. Commit after a problem as well, because the challenge is used up by it.
 */
export async function usePasskey(
  { clock }: { readonly clock: Clock },
  tx: PasskeyTables & PasskeyChallengeTables,
  userId: string,
  { response, passkey, verified }: PasskeySignature,
  binding: ChallengeBinding,
): Promise<'used' | PasskeyProblem> {
  if (typeof verified === 'string') return verified
  const now = clock.now()
  if (!(await tx.passkeyChallenges.use(verified.challenge, binding, now))) return 'challenge'
  if (passkey?.userId !== userId || !namesUser(response, userId, binding)) return 'user'
  const stored = await tx.passkeys.findByCredential(response.credentialId)
  if (stored?.id !== passkey.id) return 'unknown'
  const { counter, synced } = verified
  if (!isLaterCounter(counter, stored.counter)) return 'counter'
  await tx.passkeys.use(stored.id, { counter, synced, at: now })
  return 'used'
}

/** Returns whether a response is for this user: without a name it must say so (WebAuthn Level 3, section 7.2, step 6). */
function namesUser(
  { userHandle }: PasskeyResponse,
  userId: string,
  { purpose }: ChallengeBinding,
): boolean {
  return userHandle === undefined ? purpose !== 'sign_in' : userHandle === userHandleOf(userId)
}
