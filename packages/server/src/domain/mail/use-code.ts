import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { AdminScope } from '../clients/resource.ts'
import type { Locks, Transactions } from '../kernel/transactions.ts'
import { countRefusal } from '../limits/count-refusal.ts'
import type { LimitTables } from '../limits/limits.ts'
import { foldEmail } from '../users/email.ts'
import { isAdministrator } from '../users/role.ts'
import type { User } from '../users/user.ts'
import type { FoundUser, UserTables } from '../users/users.ts'
import { addressOf } from './ask-code.ts'
import {
  codeKey,
  resetLinkPrefix,
  judgeCode,
  slotKeys,
  type CodeProof,
  type CodePurpose,
  type MailCode,
} from './code.ts'
import type { MailTx } from './codes.ts'
import { lockWrongCodes } from './wrong-codes.ts'

/** The scope with which a service account makes links to hand over. */
const resetLinkScope: AdminScope = 'admin:users'

/** The tables of a transaction in which a code is checked. */
export interface CodeTx extends MailTx, LimitTables, AuditLogTx, UserTables {}

/** The dependencies of {@link checkCode}. */
export interface CheckCodeDeps extends RecordDeps {
  readonly store: Transactions<CodeTx> & UserTables
}

/**
 * Checks a code or a link without using it up, and returns the id of its user. Wrong codes are counted in the transaction that checks them: if
 * the request names the id of the code, against that id; else against the address and the client's network. Fails with `code_wrong`, and with
 * `login_delayed` if there were too many for the address. Call {@link useCode} in the transaction of what it allows.
 */
export async function checkCode(
  deps: CheckCodeDeps,
  purpose: CodePurpose,
  proof: CodeProof,
  client: ClientInfo,
): Promise<string> {
  const { userId, wait } = await deps.store.transaction((tx) =>
    checkIn(deps, tx, purpose, proof, client),
  )
  if (wait !== undefined) throw fail('login_delayed', { facts: { retryAfter: wait } })
  if (userId === undefined) throw fail('code_wrong')
  return userId
}

/** Checks a proof, and counts a wrong code. Returns the id of the user, or the seconds until a code is checked again; neither if the proof is wrong. */
async function checkIn(
  deps: CheckCodeDeps,
  tx: CodeTx,
  purpose: CodePurpose,
  proof: CodeProof,
  client: ClientInfo,
): Promise<{ readonly userId?: string; readonly wait?: Seconds }> {
  const { root, clock } = deps
  const { id, whom = [] } = proof
  const wrong =
    id === undefined ? await lockWrongCodes(deps, tx, [purpose, ...whom], client) : undefined
  if (wrong !== undefined && wrong.wait > 0) return { wait: wrong.wait }
  const stored = await tx.mailCodes.lock(placeOf(root, purpose, proof))
  const judged = stored.map((code) => {
    return { code, verdict: judgeCode(root, code, purpose, proof, clock.now()) }
  })
  const good = judged.find(({ verdict }) => verdict === 'good')
  const user = good && (await userOf(root, tx, good.code))
  if (user) return { userId: user.id }
  await wrong?.count()
  const refused = judged.find(({ verdict }) => verdict === 'wrong_code')?.code
  if (refused) await recordRefusal(deps, tx, refused, proof, client)
  return {}
}

/** Counts a wrong code against the id that the request names, and records it. */
async function recordRefusal(
  deps: CheckCodeDeps,
  tx: CodeTx,
  code: MailCode,
  { id }: CodeProof,
  client: ClientInfo,
): Promise<void> {
  const { purpose, key, wrong } = code
  if (id !== undefined) await tx.mailCodes.setWrong(id, wrong + 1)
  const user = await userOf(deps.root, tx, code)
  const standsFor = await countRefusal(deps, tx, 'refusals-of-code', key)
  const facts = { purpose, count: standsFor === 1 ? undefined : standsFor }
  const refused = { type: 'code_refused', user: user?.id, facts } as const
  if (standsFor > 0) await recordEvents(deps, tx, { ...refused, personal: personalOf(client) })
}

/** The tables and locks of a transaction in which a code is used. */
export interface UseCodeTx extends MailTx, UserTables, ClientTables, Locks {}

/**
 * Uses a code up, in the transaction of what it allows: of several at once, one succeeds. Locks the user, and judges code and user once more.
 * All codes and links of the user for this purpose end. Returns the user; `undefined` if the code is not good any more, the user is disabled, the
 * address is no longer theirs, or the maker of a link to hand over may make none any more.
 */
export async function useCode(
  { root, clock }: Pick<RecordDeps, 'root' | 'clock'>,
  tx: UseCodeTx,
  purpose: CodePurpose,
  proof: CodeProof,
  userId: string,
): Promise<(FoundUser & { readonly code: MailCode }) | undefined> {
  // Before the user, in the order of `transactionAs`: until the transaction ends, no one takes the rights of the maker away.
  if (proof.id?.startsWith(resetLinkPrefix)) await tx.lock('administrators')
  const found = await tx.users.lock(userId)
  if (!found || found.user.disabledAt !== null) return undefined
  const stored = await tx.mailCodes.lock(placeOf(root, purpose, proof))
  const code = stored.find((one) => judgeCode(root, one, purpose, proof, clock.now()) === 'good')
  if (!code || !isFor(root, code, found.user) || !(await mayHandOver(tx, code))) return undefined
  await tx.mailCodes.delete(keysOf(root, found.user)[purpose])
  return { ...found, code }
}

/** Returns whether the maker of a link to hand over may make one now. The command line always may. */
async function mayHandOver(
  { users, clients }: UserTables & ClientTables,
  { createdBy }: MailCode,
): Promise<boolean> {
  if (createdBy === null) return true
  const user = await users.find(createdBy)
  if (user) return user.disabledAt === null && isAdministrator(user)
  return (await clients.find(createdBy))?.scopes.includes(resetLinkScope) ?? false
}

/** Ends the codes and links of a user, because the password or the address has changed. Lock the user first. */
export async function endCodes(
  { root }: Pick<RecordDeps, 'root'>,
  tx: MailTx,
  user: User,
): Promise<void> {
  await tx.mailCodes.delete(Object.values(keysOf(root, user)).flat())
}

/** Returns the keys of all codes and links of a user. */
function keysOf(
  root: RootSecret,
  { id, email }: User,
): Readonly<Record<CodePurpose, readonly string[]>> {
  const handed = codeKey(root, 'reset_password', ...handedTo(id))
  if (email === null) return { reset_password: [handed], sign_in: [], verify_email: [] }
  const folded = foldEmail(email)
  return {
    reset_password: [handed, ...slotKeys(root, 'reset_password', folded)],
    sign_in: slotKeys(root, 'sign_in', folded),
    verify_email: slotKeys(root, 'verify_email', id, folded),
  }
}

/** Returns the person for whom a link is that an administrator hands over, as codes name people. */
export function handedTo(userId: string): readonly [string, string] {
  return ['user', userId]
}

function placeOf(root: RootSecret, purpose: CodePurpose, { id, whom = [] }: CodeProof) {
  return id === undefined ? { keys: slotKeys(root, purpose, ...whom) } : { id }
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
  if (email === null) return false
  if (code.userId !== null) return email === address // it was mailed there, and proves no other spelling
  return foldEmail(email) === foldEmail(address) // it was mailed to the address of the user, however the request spelled it
}
