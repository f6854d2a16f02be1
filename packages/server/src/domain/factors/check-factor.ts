import type { Seconds } from '@countersign/token/internal'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { personalOf, type SecurityEvent } from '../audit-log/event.ts'
import type { RecordDeps } from '../audit-log/record-event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import { countRefusal } from '../limits/count-refusal.ts'
import type { LimitTables } from '../limits/limits.ts'
import { readDeviceMark } from '../limits/trusted-device.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import type { OutboxTables } from '../mail/outbox.ts'
import { lockWrongCodes } from '../mail/wrong-codes.ts'
import { foldName, type User } from '../users/user.ts'
import {
  usePasskey,
  verifyPasskey,
  type PasskeySignature,
  type VerifyPasskeyDeps,
} from './check-passkey.ts'
import type { FactorTables } from './enrolled-factors.ts'
import type { FactorKind } from './factor-policy.ts'
import type { ChallengeBinding } from './passkey-challenge.ts'
import type { PasskeyProblem, PasskeyResponse } from './passkey.ts'
import { recoveryCodeHash } from './recovery-code.ts'
import { decryptTotp, type TotpCodes } from './totp.ts'

/** A code that a user presents as a second factor. */
interface CodeProof {
  readonly kind: 'totp' | 'recovery_code'
  readonly code: Secret
}

/** The second factor that a user presents. */
export type FactorProof =
  | CodeProof
  | { readonly kind: 'passkey'; readonly response: PasskeyResponse }

/** A proof whose signature, if it has one, was verified before the transaction: see {@link prepareProof}. */
export type PreparedProof =
  | CodeProof
  | { readonly kind: 'passkey'; readonly signature: PasskeySignature }

/** The dependencies of {@link checkFactor}. */
export interface CheckFactorDeps extends RecordDeps, EnqueueDeps {
  readonly totpCodes: TotpCodes
}

/** The tables of a transaction in which a second factor is checked. */
export interface FactorTx extends FactorTables, LimitTables, OutboxTables, AuditLogTx {}

/** The outcome of a check, with what is to be recorded last in its transaction: a factor, a wrong proof, or the seconds until a code is checked again. */
export type FactorCheck =
  | {
      readonly kind: 'proven'
      readonly factor: FactorKind
      readonly events: readonly SecurityEvent[]
    }
  | {
      readonly kind: 'wrong'
      readonly factor: FactorKind
      readonly problem: PasskeyProblem | undefined
      readonly events: readonly SecurityEvent[]
    }
  | { readonly kind: 'delayed'; readonly retryAfter: Seconds }

/** Does what checking a proof needs outside of the transaction of {@link checkFactor}. */
export async function prepareProof(
  deps: VerifyPasskeyDeps,
  proof: FactorProof,
): Promise<PreparedProof> {
  if (proof.kind !== 'passkey') return proof
  return { kind: 'passkey', signature: await verifyPasskey(deps, proof.response) }
}

/**
 * Checks a second factor of a user who is locked, and uses it up: of several requests with one code, one succeeds. Wrong codes of an
 * application are counted by user and by client network, because six digits can be guessed; a recovery code cannot, so that its owner
 * gets in while a guesser makes the others wait. `binding` is what the challenge of a passkey must have been made for. Commit after `wrong` as
 * well: the count is in the transaction.
 */
export async function checkFactor(
  deps: CheckFactorDeps,
  tx: FactorTx,
  user: User,
  proof: PreparedProof,
  binding: ChallengeBinding,
  client: ClientInfo,
): Promise<FactorCheck> {
  const userId = user.id
  let problem: PasskeyProblem | undefined
  if (proof.kind === 'passkey') {
    const outcome = await usePasskey(deps, tx, userId, proof.signature, binding)
    if (outcome === 'used') return { kind: 'proven', factor: 'passkey', events: [] }
    problem = outcome
  } else if (proof.kind === 'recovery_code') {
    const hash = recoveryCodeHash(deps.root, userId, proof.code)
    if (await tx.recoveryCodes.use(userId, hash)) {
      await notifyOwner(deps, tx, user, 'recovery-code-used', { client })
      const used = { type: 'recovery_code_used', user: userId, facts: {} } as const
      const events = [{ ...used, personal: personalOf(client) }]
      return { kind: 'proven', factor: 'recovery_code', events }
    }
  } else {
    const mark = readDeviceMark(deps.root, client.device, foldName(user.name), deps.clock.now())
    const wrong = await lockWrongCodes(deps, tx, ['factor', userId], client, mark?.id)
    if (wrong.wait > 0) return { kind: 'delayed', retryAfter: wrong.wait }
    if (await acceptTotp(deps, tx, userId, proof.code))
      return { kind: 'proven', factor: 'totp', events: [] }
    await wrong.count()
  }
  const refused = { factor: proof.kind, problem }
  return { kind: 'wrong', ...refused, events: await refusalOf(deps, tx, userId, refused, client) }
}

/** Accepts a code of the application of a user, once. A proposed one proves nothing. */
async function acceptTotp(
  { root, clock, totpCodes }: CheckFactorDeps,
  tx: FactorTables,
  userId: string,
  code: Secret,
): Promise<boolean> {
  const totp = await tx.totp.find(userId)
  const secret = totp && decryptTotp(root, userId, totp.encrypted)
  const step = secret && totpCodes.stepOf(secret, code, clock.now())
  return step !== undefined && tx.totp.accept(userId, step)
}

/** Returns the event of a wrong factor, or none if a later entry stands for it. */
async function refusalOf(
  deps: CheckFactorDeps,
  tx: FactorTx,
  userId: string,
  refused: { readonly factor: FactorKind; readonly problem: PasskeyProblem | undefined },
  client: ClientInfo,
): Promise<readonly SecurityEvent[]> {
  const standsFor = await countRefusal(deps, tx, 'refusals-of-factor', userId)
  if (standsFor === 0) return []
  const facts = { ...refused, count: standsFor === 1 ? undefined : standsFor }
  return [{ type: 'factor_refused', user: userId, facts, personal: personalOf(client) }]
}
