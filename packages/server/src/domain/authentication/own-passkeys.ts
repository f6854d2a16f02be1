import { fail } from '../../failures.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { newPasskeyChallenge, type ChallengeBinding } from '../factors/passkey-challenge.ts'
import { creationOptions, type CreationOptions } from '../factors/passkey-options.ts'
import {
  maxPasskeysPerUser,
  newPasskeyId,
  parsePasskeyName,
  type NewPasskeyResponse,
  type Passkey,
} from '../factors/passkey.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { judgeSession, type Owner } from '../passwords/confirm-password.ts'
import type { SessionOwner } from '../sessions/end-sessions.ts'
import {
  addFactorIn,
  changeOwn,
  removeFactorIn,
  type AddedFactor,
  type OwnFactorDeps,
} from './change-own-factors.ts'

// The passkeys of a signed-in user. The password and a recent factor are needed for the options; the challenge in them is bound to the session,
// and carries that proof to the response of the browser.

const addBinding = ({ sessionId }: Pick<SessionOwner, 'sessionId'>): ChallengeBinding => {
  return { purpose: 'add', subject: sessionId }
}

/** Returns the options to make a passkey. Fails as `confirmPassword` does, with `step_up_required`, and with `passkeys_too_many`. */
export async function proposePasskey(deps: OwnFactorDeps, owner: Owner): Promise<CreationOptions> {
  return changeOwn(deps, owner, async (tx, { user }) => {
    const existing = await tx.passkeys.list(user.id)
    if (existing.length >= maxPasskeysPerUser) return 'passkeys_too_many'
    const challenge = newPasskeyChallenge(deps.random, addBinding(owner), deps.clock.now())
    await tx.passkeyChallenges.add(challenge)
    return { result: creationOptions(deps.webAuthn, user, existing, challenge) }
  })
}

/** A passkey that was added, besides what adding any factor returns. */
export interface AddedPasskey extends AddedFactor {
  readonly id: string
}

/**
 * Adds the passkey that the browser has made. All other sessions end, as with every new factor; this one counts as signed in with it and gets new
 * tokens. Fails with `passkey_name_unacceptable`, `passkey_wrong`, `passkeys_too_many`, `user_gone` and `session_ended`.
 */
export async function addPasskey(
  deps: OwnFactorDeps,
  owner: SessionOwner,
  { name, response }: { readonly name: string; readonly response: NewPasskeyResponse },
  client: ClientInfo,
): Promise<AddedPasskey> {
  const parsedName = parsePasskeyName(name)
  const verified = await deps.webAuthn.verifyNew(response)
  if (typeof verified === 'string') throw fail('passkey_wrong', { facts: { problem: verified } })
  const { challenge, ...credential } = verified
  const passkey: Passkey = {
    ...credential,
    id: newPasskeyId(deps.random),
    userId: owner.userId,
    name: parsedName,
    credentialId: response.credentialId,
    transports: response.transports,
    createdAt: deps.clock.now(),
    lastUsedAt: null,
  }
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeSession(deps, tx, owner)
    if (typeof judged === 'string') return judged
    const { createdAt } = passkey
    if (!(await tx.passkeyChallenges.use(challenge, addBinding(owner), createdAt)))
      return { problem: 'challenge' }
    const { length } = await tx.passkeys.list(owner.userId)
    if (length >= maxPasskeysPerUser) return 'passkeys_too_many'
    if (!(await tx.passkeys.add(passkey))) return { problem: 'taken' }
    return addFactorIn(deps, tx, judged, 'passkey', client)
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  if ('problem' in verdict) throw fail('passkey_wrong', { facts: verdict })
  return { ...verdict, id: passkey.id }
}

/** Gives a passkey another name. Fails with `passkey_name_unacceptable`, `factor_unknown`, `user_gone` and `session_ended`. */
export async function renamePasskey(
  deps: OwnFactorDeps,
  owner: SessionOwner,
  { id, name }: { readonly id: string; readonly name: string },
  client: ClientInfo,
): Promise<void> {
  const parsedName = parsePasskeyName(name)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeSession(deps, tx, owner)
    if (typeof judged === 'string') return judged
    if (!(await tx.passkeys.rename(owner.userId, id, parsedName))) return 'factor_unknown'
    const renamed = { type: 'passkey_renamed', user: owner.userId, facts: {} } as const
    await recordEvents(deps, tx, { ...renamed, personal: personalOf(client) })
    return 'renamed'
  })
  if (verdict !== 'renamed') throw fail(verdict, { facts: { user: owner.userId } })
}

/**
 * Removes a passkey of the signed-in user, and with the last factor the recovery codes. Fails as `confirmPassword` does, with `step_up_required`,
 * `factor_unknown`, and for the last factor with `factor_needed` if the policy requires one of the user, or with `password_needs_factor` if the
 * password is too short to be the only one.
 */
export async function removePasskey(deps: OwnFactorDeps, owner: Owner, id: string): Promise<void> {
  await changeOwn(deps, owner, async (tx, judged) => {
    const { user } = judged
    if (!(await tx.passkeys.list(user.id)).some((one) => one.id === id)) return 'factor_unknown'
    const removed = await removeFactorIn(deps, tx, judged, 'passkey', owner)
    if (typeof removed === 'string') return removed
    await tx.passkeys.delete(user.id, id)
    return { result: undefined, events: removed }
  })
}
