import type { Entry } from '../../domain/audit-log/chain.ts'
import { erasePersonalData } from '../../domain/audit-log/erase-personal-data.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { exportAuditLog } from '../../domain/audit-log/export-audit-log.ts'
import { readFacts } from '../../domain/audit-log/read-facts.ts'
import { entryName } from '../../domain/audit-log/strand.ts'
import { signCheckpoint } from '../../domain/audit-log/sign-checkpoint.ts'
import { verifyAuditLog, type AuditLogFault } from '../../domain/audit-log/verify-audit-log.ts'
import { foldName } from '../../domain/users/user.ts'
import { compareKeyRing } from '../../domain/keys/compare-key-ring.ts'
import { fail } from '../../failures.ts'
import { describeKeyFaults, keyFaultAdvice } from '../key-faults.ts'
import { groupOf, json, settingsCommand, yes } from '../command.ts'
import { confirm } from '../prompt.ts'
import { readTextFile } from '../read-input.ts'
import { printTable } from '../table.ts'
import { dateTimeOf, pluralize, print, printJson, printProgress } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

const mode = 'production'
const maxListed = 100 // entries
const day = 86_400 // seconds

const list = settingsCommand({
  usage: 'list [user]',
  summary: `Show the last ${maxListed} security events, of one user or of all, the newest last`,
  mode,
  options: [json],
  examples: ['countersign audit-log list', 'countersign audit-log list ada --json'],
  run: (config, { user, json: asJson }) =>
    withRuntime(config, async ({ store }) => {
      const userId = user === undefined ? undefined : await userIdOf(store, user)
      const entries = (await store.auditLog.newest(maxListed, { userId })).toReversed()
      if (asJson) printJson(entries.map(toJson))
      else await printTable(['', 'time', 'event', 'details'], entries.map(rowOf))
    }),
})

const verify = settingsCommand({
  usage: 'verify [file]',
  summary:
    'Check that the audit log was not changed, and that the signing keys are those that it has; the file holds checkpoints that were kept elsewhere; exit code 3 if not',
  mode,
  examples: ['countersign audit-log verify', 'countersign audit-log verify /media/usb/checkpoints'],
  options: [json],
  run: (config, { file, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const ownCheckpoints = file === undefined ? [] : readCheckpoints(file)
      const report = await verifyAuditLog(runtime, ownCheckpoints, (entries) =>
        printProgress(`${entries} entries checked`),
      )
      if (report.fault) throw fail('audit_log_broken', { detail: sentenceOf(report.fault) })
      const { faults } = await compareKeyRing(runtime)
      if (faults.length > 0)
        throw fail('key_ring_differs', {
          detail: `${describeKeyFaults(faults)}; ${keyFaultAdvice}`,
        })
      const { entries, erased, checkpoints, unverifiable } = report
      if (asJson) return printJson({ entries, checkpoints, unverifiable, erased })
      print(
        `Audit log intact: ${pluralize(entries, 'entry')}, ${pluralize(checkpoints, 'checkpoint')}`,
      )
      if (unverifiable > 0)
        print(
          `${pluralize(unverifiable, 'older entry')} cannot be checked, because their root secret was lost`,
        )
      if (erased > 0) print(`The personal data of ${pluralize(erased, 'entry')} was erased`)
    }),
})

const checkpoint = settingsCommand({
  usage: 'checkpoint',
  summary: 'Sign a checkpoint of the audit log and print it; keep it on another machine',
  mode,
  examples: ['countersign audit-log checkpoint >> /media/usb/checkpoints'],
  run: (config) =>
    withRuntime(config, async (runtime) => print((await signCheckpoint(runtime)).token)),
})

const exportAll = settingsCommand({
  usage: 'export',
  summary:
    'Print the whole audit log as JSON, one entry a line, with its checkpoints and their public key',
  mode,
  examples: ['countersign audit-log export > audit-log.jsonl'],
  run: (config) =>
    withRuntime(config, async (runtime) => {
      for await (const lines of exportAuditLog({ ...runtime, store: runtime.store.replica }))
        lines.forEach(print)
    }),
})

const erase = settingsCommand({
  usage: 'erase <user>',
  summary:
    'Erase the addresses and user agents of a user from the audit log, which can still be verified',
  mode,
  options: [yes],
  examples: ['countersign audit-log erase ada', 'countersign audit-log erase u_Zx3… --yes'],
  run: (config, { user, yes: confirmed }) =>
    withRuntime(config, async (runtime) => {
      const id = await userIdOf(runtime.store, user)
      await confirm(
        confirmed,
        'This permanently erases the addresses and user agents of all entries of this user',
      )
      const entries = await erasePersonalData(runtime, { user: id }, commandLine)
      print(`Erased the personal data of ${pluralize(entries, 'entry')}`)
    }),
})

const forget = settingsCommand({
  usage: 'forget <days>',
  summary:
    'Erase the addresses and user agents from all entries older than this many days; the log can still be verified',
  mode,
  options: [yes],
  examples: ['countersign audit-log forget 180', 'countersign audit-log forget 180 --yes'],
  run: (config, { days: text, yes: confirmed }) =>
    withRuntime(config, async (runtime) => {
      const days = daysOf(text)
      await confirm(
        confirmed,
        `This permanently erases the addresses and user agents of all entries older than ${days} days`,
      )
      const before = runtime.clock.now() - days * day
      const entries = await erasePersonalData(runtime, { before }, commandLine)
      print(`Erased the personal data of ${pluralize(entries, 'entry')}`)
    }),
})

/** The group `audit-log`. */
export const auditLog = groupOf(
  'audit-log',
  'Show, verify and export the record of security events',
  list,
  verify,
  checkpoint,
  exportAll,
  erase,
  forget,
)

function daysOf(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw fail('argument_invalid', { detail: 'days must be a whole number' })
}

/** Finds the id of a user by name or id; that of a deleted user by id alone, in the audit log. Fails with `user_unknown`. */
async function userIdOf(store: CommandRuntime['store'], text: string): Promise<string> {
  const byName = await store.users.findByName(foldName(text))
  if (byName) return byName.user.id
  if (await store.users.find(text)) return text
  if ((await store.auditLog.newest(1, { userId: text })).length > 0) return text
  throw fail('user_unknown')
}

function rowOf(entry: Entry): readonly string[] {
  const { at, type, userId, sessionId, facts, personal } = entry
  const ids = { ...(userId && { user: userId }), ...(sessionId && { session: sessionId }) }
  const details = Object.entries({ ...ids, ...readFacts(facts), ...readFacts(personal) })
    .map(([name, value]) => `${name}=${plainOrJson(value)}`)
    .join(' ')
  return [entryName(entry), dateTimeOf(at), type, details]
}

/** A value as JSON; a plain word without quotes. */
function plainOrJson(value: unknown): string {
  return typeof value === 'string' && /^[\w.:-]+$/.test(value) ? value : JSON.stringify(value)
}

function toJson({ strand, seq, at, type, userId, sessionId, facts, personal }: Entry) {
  const details = { facts: readFacts(facts), personal: readFacts(personal) }
  return { strand, seq, at, type, user: userId, session: sessionId, ...details }
}

/** Reads the lines that `audit-log checkpoint` or `audit-log export` printed. */
function readCheckpoints(file: string): readonly string[] {
  const lines = readTextFile(file)
    .split('\n')
    .map((line) => line.trim())
  const tokens = lines
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('{') ? readFacts(line)['checkpoint'] : line))
    .filter((one) => one !== undefined) // an entry, or the key
  const invalid = fail('argument_invalid', {
    detail: 'the file must hold checkpoints and nothing else',
  })
  if (tokens.length === 0) throw invalid
  return tokens.map((one) => {
    if (typeof one !== 'string' || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(one)) throw invalid
    return one
  })
}

function sentenceOf(fault: AuditLogFault): string {
  const name = entryName(fault)
  switch (fault.fault) {
    case 'missing':
      return `entry ${name} is missing`
    case 'out_of_order':
      return `another entry is in the place of entry ${name}`
    case 'changed':
      return `entry ${name} was changed`
    case 'personal_data_changed':
      return `the personal data of entry ${name} was changed`
    case 'truncated':
      return `entry ${name} and the entries after it are missing, although a checkpoint covers them`
    case 'replaced':
      return `entry ${name} differs from the one that a checkpoint covers`
    case 'checkpoint_missing':
      return `the checkpoint of entry ${name} is missing`
    case 'checkpoint_unreadable':
      return fault.seq === 0
        ? 'a checkpoint in the file is not from this server'
        : `the checkpoint of entry ${name} was changed`
  }
}
