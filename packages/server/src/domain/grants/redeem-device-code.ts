import { fail } from '../../failures.ts'
import type { Client } from '../clients/client.ts'
import { proofUsed, type Proof } from '../clients/proof.ts'
import type { ClientTables } from '../clients/clients.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { SessionGrant } from '../sessions/session.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import {
  judgeDeviceCode,
  planPoll,
  type DeviceCode,
  type DeviceCodeState,
  type DeviceCodeTables,
} from './device-code.ts'
import { beginGrant, lockApproval, type BeginGrantDeps } from './redeem-code.ts'

/** The dependencies of {@link redeemDeviceCode}. */
export interface RedeemDeviceDeps extends BeginGrantDeps {
  readonly store: Transactions<SessionTx & ClientTables & DeviceCodeTables> & DeviceCodeTables
}

/** The parameters that a program sends with its device code. */
export interface PresentedDeviceCode {
  readonly code: Secret
  /** The proof of the key that its tokens shall be bound to. */
  readonly proof?: Proof | undefined
}

/**
 * Exchanges a device code for a grant (RFC 8628, section 3.4), once, after its user has allowed it. A second use gets nothing and ends nothing: the
 * code is with its program alone, which may have lost an answer. Fails with `authorization_pending`, `polled_too_fast`, `authorization_denied`,
 * `device_code_expired`, `grant_invalid` and `dpop_proof_invalid`.
 */
export async function redeemDeviceCode(
  deps: RedeemDeviceDeps,
  { id }: Pick<Client, 'id'>,
  { code, proof }: PresentedDeviceCode,
): Promise<SessionGrant> {
  const hash = hashOf(code)
  const seen = await deps.store.deviceCodes.find(hash)
  const state = judgeDeviceCode(seen, id, deps.clock.now())
  if (!seen || (state !== 'pending' && state !== 'allowed')) throw failureOf(state, id)
  if (state === 'pending') throw failureOf(await poll(deps, hash), id)
  const verdict = await redeem(deps, seen, proof)
  if (verdict === 'proof_used') throw proofUsed()
  if (typeof verdict === 'string') throw failureOf(verdict, id)
  return verdict
}

/** Records a request for a code that is pending. An answer of the user since then is for the next request. */
async function poll(
  { store, clock }: RedeemDeviceDeps,
  hash: string,
): Promise<'pending' | 'too_early'> {
  return store.transaction(async (tx) => {
    const code = await tx.deviceCodes.lock(hash)
    if (code?.state !== 'pending') return 'pending'
    const { isEarly, ...change } = planPoll(code, clock.now())
    await tx.deviceCodes.set(hash, change)
    return isEarly ? 'too_early' : 'pending'
  })
}

async function redeem(
  deps: RedeemDeviceDeps,
  { hash, clientId, scopes, resource, userId, sessionId }: DeviceCode,
  proof: Proof | undefined,
): Promise<SessionGrant | DeviceCodeState | 'sign_in_ended' | 'proof_used'> {
  if (userId === null || sessionId === null) return 'sign_in_ended'
  const approval = { clientId, userId, sessionId, scopes, resource }
  return deps.store.transaction(async (tx) => {
    const found = await lockApproval(deps, tx, approval)
    const code = await tx.deviceCodes.lock(hash)
    const state = judgeDeviceCode(code, clientId, deps.clock.now())
    if (state !== 'allowed') return state
    if (!found) return 'sign_in_ended'
    if (proof && !(await tx.clients.useAssertion(proof.id, proof.expiresAt))) return 'proof_used'
    const locked = { ...found, proof }
    return beginGrant(deps, tx, locked, (grantId) => tx.deviceCodes.set(hash, { grantId }))
  })
}

function failureOf(state: DeviceCodeState | 'sign_in_ended' | 'too_early', client: string) {
  switch (state) {
    case 'pending':
      return fail('authorization_pending')
    case 'too_early':
      return fail('polled_too_fast')
    case 'denied':
      return fail('authorization_denied')
    case 'expired':
      return fail('device_code_expired')
    case 'code_unknown':
    case 'code_of_another_client':
    case 'code_used':
    case 'sign_in_ended':
    case 'allowed':
      return fail('grant_invalid', { facts: { problem: state, client } })
  }
}
