import { fail } from '../../failures.ts'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { admitAttempt, type AttemptDeps } from '../limits/attempt-throttle.ts'
import { countRefusal } from '../limits/count-refusal.ts'
import type { LimitTables } from '../limits/limits.ts'
import { foldEmail } from '../users/email.ts'
import type { User } from '../users/user.ts'
import type { FoundUser, UserTables } from '../users/users.ts'
import { addressOf } from './ask-code.ts'
import { codeKey, judgeCode, type CodeProof, type CodePurpose, type MailCode } from './code.ts'
import type { MailTx } from './codes.ts'

/** What a transaction needs in which a code is checked. */
export interface CodeTx extends MailTx, LimitTables, AuditLogTx, UserTables {}

/** What checking a code needs. */
export interface CheckCodeDeps extends AttemptDeps, RecordDeps {
  readonly store: Transactions<CodeTx> & LimitTables & UserTables
}

/**
 * Checks a code or a link without using it up, and returns the id of its user. Wrong codes are counted: five end the code, and further ones are
 * slowed down as wrong passwords are, whether there is such a code or not. Fails with `code_wrong` and `login_delayed`. Call {@link useCode} in the
 * transaction of what it allows.
 */
export async function checkCode(
  deps: CheckCodeDeps,
  purpose: CodePurpose,
  proof: CodeProof,
  client: ClientInfo,
): Promise<string> {
  if (proof.code === undefined) {
    const userId = await deps.store.transaction((tx) => judgeIn(deps, tx, purpose, proof, client))
    if (userId === undefined) throw fail('code_wrong')
    return userId
  }
  const name = `\u0001${purpose} ${proof.id ?? proof.whom?.join(' ')}` // no user name holds that sign
  const admission = await admitAttempt(deps, { name, address: client.address })
  try {
    const userId = await deps.store.transaction(async (tx) => {
      const found = await judgeIn(deps, tx, purpose, proof, client)
      if (found === undefined) await admission.wrong(tx)
      return found
    })
    if (userId === undefined) throw fail('code_wrong')
    await admission.right()
    return userId
  } finally {
    admission.end()
  }
}

/** Judges a proof, and counts a wrong code. Returns the id of the user; `undefined` if it is wrong, or no user has the address. */
async function judgeIn(
  deps: CheckCodeDeps,
  tx: CodeTx,
  purpose: CodePurpose,
  proof: CodeProof,
  client: ClientInfo,
): Promise<string | undefined> {
  const code = await tx.mailCodes.lock(placeOf(deps.root, purpose, proof))
  const verdict = judgeCode(deps.root, code, purpose, proof, deps.clock.now())
  const user = code && (await userOf(deps.root, tx, code))
  if (verdict === 'good' && user) return user.id
  if (verdict === 'wrong_code' && code) {
    await tx.mailCodes.setWrong(code.id, code.wrong + 1)
    const standsFor = await countRefusal(deps, tx, 'refusals-of-code', code.key)
    const facts = { purpose, count: standsFor === 1 ? undefined : standsFor }
    const refused = { type: 'code_refused', user: user?.id, facts } as const
    if (standsFor > 0) await recordEvents(deps, tx, { ...refused, personal: personalOf(client) })
  }
  return undefined
}

/**
 * Uses a code up, in the transaction of what it allows: of several at once, one succeeds. Locks the user, and judges code and user once more.
 * Returns the user; `undefined` if the code is not good any more, the user is disabled, or the address is no longer theirs.
 */
export async function useCode(
  { root, clock }: Pick<RecordDeps, 'root' | 'clock'>,
  tx: MailTx & UserTables,
  purpose: CodePurpose,
  proof: CodeProof,
  userId: string,
): Promise<(FoundUser & { readonly code: MailCode }) | undefined> {
  const found = await tx.users.lock(userId)
  const code = await tx.mailCodes.lock(placeOf(root, purpose, proof))
  if (!found || found.user.disabledAt !== null || !code) return undefined
  if (judgeCode(root, code, purpose, proof, clock.now()) !== 'good') return undefined
  if (!isFor(root, code, found.user)) return undefined
  await tx.mailCodes.delete({ id: code.id })
  return { ...found, code }
}

/** Ends the codes and links of a user, because the password or the address has changed. Lock the user first. */
export async function endCodes(
  { root }: Pick<RecordDeps, 'root'>,
  tx: MailTx,
  { id, email }: User,
): Promise<void> {
  await tx.mailCodes.delete({ key: codeKey(root, 'reset_password', ...handedTo(id)) })
  if (email === null) return
  const folded = foldEmail(email)
  await tx.mailCodes.delete({ key: codeKey(root, 'reset_password', folded) })
  await tx.mailCodes.delete({ key: codeKey(root, 'sign_in', folded) })
  await tx.mailCodes.delete({ key: codeKey(root, 'verify_email', id, folded) })
}

/** Whom a link is for that an administrator hands over. */
export function handedTo(userId: string): readonly [string, string] {
  return ['user', userId]
}

function placeOf(root: RootSecret, purpose: CodePurpose, { id, whom = [] }: CodeProof) {
  return id === undefined ? { key: codeKey(root, purpose, ...whom) } : { id }
}

async function userOf(root: RootSecret, tx: UserTables, code: MailCode): Promise<User | undefined> {
  const address = addressOf({ root }, code)
  const found =
    code.userId === null
      ? await tx.users.findByEmail(foldEmail(address ?? ''))
      : await tx.users.find(code.userId)
  return found && isFor(root, code, found) ? found : undefined
}

/** Returns whether a code is for a user, and the address that it was sent to is still theirs. */
function isFor(root: RootSecret, code: MailCode, { id, email }: User): boolean {
  if (code.userId !== null && code.userId !== id) return false
  const address = addressOf({ root }, code)
  if (address === undefined) return code.userId === id
  return email !== null && foldEmail(email) === foldEmail(address)
}
