import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { deviceGrant, type Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import { judgeScope } from '../clients/target.ts'
import type { Random } from '../kernel/ports.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { limitRate, type RateLimitDeps } from '../limits/limit-rate.ts'
import type { RequestLimits } from '../limits/limits.ts'
import { holdsSession, type SessionOwner } from '../sessions/end-sessions.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import { mayHave } from './authorization-request.ts'
import {
  deviceCodeLifetime,
  groupUserCode,
  isOpen,
  newUserCode,
  pollInterval,
  readUserCode,
  userCodeHash,
  type DeviceCode,
  type DeviceCodeTables,
} from './device-code.ts'
import { targetOf, type FindRequestDeps } from './find-request.ts'

/** The dependencies of the device grant until the user has answered. */
export interface DeviceDeps extends RateLimitDeps, Omit<FindRequestDeps, 'store' | 'policies'> {
  readonly store: Transactions<SessionTx & DeviceCodeTables> &
    RateLimitDeps['store'] &
    FindRequestDeps['store'] &
    ClientTables &
    DeviceCodeTables
  readonly random: Random
  readonly policies: FindRequestDeps['policies'] & { readonly limits: RequestLimits }
}

/** A code for a program, and the one that its user types (RFC 8628, section 3.2). */
export interface DeviceAuthorization {
  readonly deviceCode: Secret
  /** In two groups, for reading. */
  readonly userCode: string
  readonly expiresIn: Seconds
  readonly interval: Seconds
}

const maxTries = 5 // two live codes are the same once in 25 billion

/** Makes the codes of a program that cannot open a browser (RFC 8628, section 3.1). Fails with `grant_not_allowed`, `target_invalid` and `scope_invalid`. */
export async function authorizeDevice(
  deps: DeviceDeps,
  client: Client,
  asked: { readonly scope?: string | undefined; readonly resource?: string | undefined },
): Promise<DeviceAuthorization> {
  const { store, random, root, clock } = deps
  if (!client.grants.includes(deviceGrant)) throw fail('grant_not_allowed')
  const target = await targetOf(deps, client, asked.resource)
  if (!target) throw fail('target_invalid')
  const scopes = judgeScope(asked.scope, mayHave(client, target))
  if (scopes.length === 0) throw fail('scope_invalid')
  const deviceCode = new Secret(random.bytes(32).toString('base64url'))
  const code: DeviceCode = {
    hash: hashOf(deviceCode),
    clientId: client.id,
    scopes,
    resource: target.audience,
    expiresAt: clock.now() + deviceCodeLifetime,
    state: 'pending',
    userId: null,
    sessionId: null,
    interval: pollInterval,
    polledAt: null,
    grantId: null,
  }
  for (let tries = 0; tries < maxTries; tries++) {
    const userCode = newUserCode(random)
    if (!(await store.deviceCodes.add(code, userCodeHash(root, userCode)))) continue
    const { interval } = code
    const shown = groupUserCode(userCode)
    return { deviceCode, userCode: shown, expiresIn: deviceCodeLifetime, interval }
  }
  throw new Error('every user code that was made is taken')
}

/** The request of a program, for the user who typed its code. */
export interface DeviceRequest {
  readonly client: Client
  readonly code: DeviceCode
  /** The code that was typed, in two groups. */
  readonly userCode: string
}

/**
 * Finds what a program asks for by the code that the signed-in user has typed. It changes nothing but the limit of attempts. Fails with
 * `user_code_wrong` and `limit_exceeded`.
 */
export async function findDeviceRequest(
  deps: DeviceDeps,
  userId: string,
  typed: string,
): Promise<DeviceRequest> {
  const userCode = await countAttempt(deps, userId, typed)
  const code = await deps.store.deviceCodes.findByUserCode(userCodeHash(deps.root, userCode))
  const client = code && (await deps.store.clients.find(code.clientId))
  if (!code || !client || !isOpen(code, deps.clock.now())) throw fail('user_code_wrong')
  return { client, code, userCode: groupUserCode(userCode) }
}

/**
 * Records the answer of the signed-in user, whose grant it will be: only for a code that is pending, so that the second of two users changes nothing.
 * Fails with `user_code_wrong`, `session_ended` and `limit_exceeded`.
 */
export async function answerDeviceRequest(
  deps: DeviceDeps,
  owner: SessionOwner,
  { typed, state }: { readonly typed: string; readonly state: 'allowed' | 'denied' },
): Promise<void> {
  const hash = userCodeHash(deps.root, await countAttempt(deps, owner.userId, typed))
  const verdict = await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return 'session_ended'
    const code = await tx.deviceCodes.lockByUserCode(hash)
    if (!code || !isOpen(code, deps.clock.now())) return 'user_code_wrong'
    await tx.deviceCodes.set(code.hash, { state, ...owner })
    return 'answered'
  })
  if (verdict !== 'answered') throw fail(verdict)
}

/** Counts an attempt of a user at a code (RFC 8628, section 5.1), and reads it. The network is counted by the form. */
async function countAttempt(deps: DeviceDeps, userId: string, typed: string): Promise<Secret> {
  const { attempts } = deps.policies.limits
  if (attempts !== null) await limitRate(deps, attempts, 'device-codes-of-user', userId)
  const code = readUserCode(typed)
  if (!code) throw fail('user_code_wrong')
  return code
}
