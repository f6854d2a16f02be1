import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs } from '../administration/transaction-as.ts'
import type { SecurityEvent } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { kindOf, type HashKindTables } from '../passwords/hash-kinds.ts'
import { dummyHash } from '../passwords/password-hash.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { RegistrationTx } from '../registration/invitations.ts'
import { insertUser, newUserId } from '../registration/register-user.ts'
import { foldEmail, parseEmail } from '../users/email.ts'
import { parseRoles } from '../users/role.ts'
import { foldName, newUser, parseName, type User } from '../users/user.ts'
import type { FileRecord } from './file-record.ts'
import {
  sources,
  type ForeignUser,
  type Format,
  type Source,
  type SourceOptions,
} from './foreign-user.ts'

const batchSize = 100 // users: a batch takes some tens of milliseconds, in which no user can register with an address

/** The dependencies of {@link importUsers}. */
export interface ImportDeps extends RecordDeps {
  readonly store: Transactions<RegistrationTx & HashKindTables>
  readonly hasher: Pick<PasswordHasher, 'hashParams'>
}

/** The options of {@link importUsers}: how to import, and what to trust. */
export interface ImportOptions extends Omit<SourceOptions, 'now'> {
  readonly from: Source
  /** Addresses that the other system has verified count as verified; a verified address is enough to set a new password. */
  readonly trustVerifiedEmails: boolean
  /** Users get the roles that the file names; otherwise none. */
  readonly withRoles: boolean
  /** Nothing is written. */
  readonly dryRun: boolean
  readonly by: Actor
}

/** The reason why a record was refused: the code of a failure and its message, which quotes nothing from the file. */
export interface Refusal {
  readonly line: number
  readonly code: string
  readonly message: string
}

/** The users of a file so far. */
export interface ImportCounts {
  readonly added: number
  /** Those of the added users whose record has no password hash that can be used: they need a link to set a password. */
  readonly withoutPassword: number
  /** Users with this name and address who are there already; they are left as they are. */
  readonly present: number
  readonly refused: number
  /** Columns of the file that are not read, such as `phone`. */
  readonly ignored: readonly string[]
}

/** The counts of a file of which nothing was read. */
export const noUsers: ImportCounts = {
  added: 0,
  withoutPassword: 0,
  present: 0,
  refused: 0,
  ignored: [],
}

/** The folded names, with their addresses, and the addresses of a dry run, which finds none of its own in the database. */
interface Seen {
  readonly names: Map<string, string | null>
  readonly emails: Set<string>
}

interface Candidate {
  readonly line: number
  readonly user: User
  /** True if the id is one of this server's own, from its export. */
  readonly hasOwnId: boolean
  readonly hash: string
  readonly hasPassword: boolean
}

/**
 * Imports users in batches, each in a transaction with its audit events; yields the counts and the new refusals after each. Names, addresses and roles are
 * judged as at registration, passwords are not: there is only their hash. A run that was interrupted can be repeated, because users who are there already
 * are left alone. Fails as {@link transactionAs} does; a record never makes it fail.
 */
export async function* importUsers(
  deps: ImportDeps,
  records: AsyncIterable<FileRecord>,
  options: ImportOptions,
): AsyncGenerator<ImportCounts & { readonly refusals: readonly Refusal[] }> {
  const seen: Seen = { names: new Map(), emails: new Set() }
  let counts: ImportCounts = noUsers
  let batch: FileRecord[] = []
  const run = async () => {
    const done = await importBatch(deps, batch, options, seen)
    const ignored = new Set([...counts.ignored, ...batch.flatMap((one) => ignoredIn(one, options))])
    batch = []
    counts = {
      ignored: [...ignored].slice(0, maxIgnored),
      added: counts.added + done.added,
      withoutPassword: counts.withoutPassword + done.withoutPassword,
      present: counts.present + done.present,
      refused: counts.refused + done.refusals.length,
    }
    return { ...counts, refusals: done.refusals }
  }
  for await (const record of records) {
    batch.push(record)
    if (batch.length === batchSize) yield run()
  }
  yield run()
}

type Verdict = 'added' | 'present' | 'username_taken' | 'email_taken'

async function importBatch(
  deps: ImportDeps,
  batch: readonly FileRecord[],
  options: ImportOptions,
  seen: Seen,
) {
  const read = batch.map((record) => readCandidate(deps, record, options))
  const candidates = read.filter((one) => one !== undefined && 'user' in one)
  const malformed = read.filter((one) => one !== undefined && 'code' in one)
  const verdicts = await transactionAs(deps, options.by, async (tx) => {
    await tx.lock('emails')
    await tx.lock('hash_kinds')
    const judged: (readonly [Candidate, Verdict])[] = []
    for (const candidate of candidates)
      judged.push([candidate, await importOne(tx, candidate, options, seen)])
    if (options.dryRun) return judged
    const added = judged.filter(([, verdict]) => verdict === 'added').map(([one]) => one)
    for (const kind of new Set(added.map(({ hash }) => kindOf(hash)))) {
      if (kind !== undefined) await tx.hashKinds.add(kind)
    }
    await recordEvents(deps, tx, ...added.map((one) => eventOf(one, options)))
    return judged
  })
  const count = (what: string) => verdicts.filter(([, verdict]) => verdict === what).length
  const taken = verdicts.flatMap(([{ line }, verdict]) =>
    verdict === 'added' || verdict === 'present' ? [] : [refusalOf(line, fail(verdict))],
  )
  const refusals = [...malformed, ...taken].toSorted((a, b) => a.line - b.line)
  const withoutPassword = verdicts.filter(
    ([one, verdict]) => verdict === 'added' && !one.hasPassword,
  ).length
  return { added: count('added'), withoutPassword, present: count('present'), refusals }
}

const maxIgnored = 50 // columns: each line of JSON can have names of its own

/** Returns the columns that are not read. One whose name could be a value is left out: the first line of a file without column names is a user. */
function ignoredIn({ members = {} }: FileRecord, { from }: ImportOptions): readonly string[] {
  const { columns } = sources[from] as Format
  if (!columns) return []
  return Object.keys(members).filter(
    (name) => !columns.includes(name) && /^[a-z_][\w -]{0,29}$/i.test(name),
  )
}

/** Reads and judges a record; `undefined` for one that is no user. */
function readCandidate(
  deps: ImportDeps,
  { line, members }: FileRecord,
  options: ImportOptions,
): Candidate | Refusal | undefined {
  const now = deps.clock.now()
  try {
    if (!members) throw fail('record_invalid', { detail: 'it cannot be read' })
    const read = sources[options.from].read(members, { ...options, now })
    if (!read) return undefined
    const hash = read.hash ?? dummyHash({ ...deps.hasher.hashParams, pepperId: null }) // no password fits it; a link sets one
    const has = { hasOwnId: read.id !== undefined, hasPassword: read.hash !== undefined }
    return { line, user: toUser(deps, read, options), hash, ...has }
  } catch (error) {
    if (isCountersignError(error)) return refusalOf(line, error)
    throw error
  }
}

function toUser(deps: ImportDeps, read: ForeignUser, options: ImportOptions): User {
  const now = deps.clock.now()
  const createdAt = Math.min(read.createdAt ?? now, now)
  const isVerified = options.trustVerifiedEmails && read.isEmailVerified
  const email = read.email === undefined ? null : parseEmail(read.email)
  return {
    ...newUser(read.id ?? newUserId(deps), parseName(read.name), createdAt),
    email,
    emailVerifiedAt: isVerified && email !== null ? now : null,
    roles: options.withRoles ? parseRoles(read.roles) : [],
    disabledAt: read.isDisabled ? now : null,
  }
}

async function importOne(
  tx: RegistrationTx,
  { user, hash, hasOwnId }: Candidate,
  { dryRun }: ImportOptions,
  { names, emails }: Seen,
): Promise<Verdict> {
  const [name, email] = [foldName(user.name), user.email === null ? null : foldEmail(user.email)]
  if (hasOwnId && (await tx.users.find(user.id))) return 'present'
  const found = (await tx.users.findByName(name))?.user
  const foundEmail = found?.email == null ? null : foldEmail(found.email)
  const taken = found ? foundEmail : names.get(name)
  if (taken !== undefined) return taken === email ? 'present' : 'username_taken'
  if (!dryRun) return (await insertUser(tx, user, hash)) ?? 'added'
  if (email !== null && (emails.has(email) || (await tx.users.findByEmail(email))))
    return 'email_taken'
  names.set(name, email)
  if (email !== null) emails.add(email)
  return 'added'
}

function eventOf({ user }: Candidate, { by, from }: ImportOptions): SecurityEvent {
  const facts = { by: nameOf(by), from, roles: user.roles }
  return { type: 'user_imported', user: user.id, facts }
}

function refusalOf(line: number, { code, message }: { code: string; message: string }): Refusal {
  return { line, code, message }
}
