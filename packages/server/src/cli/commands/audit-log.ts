import { readFileSync } from 'node:fs'
import type { Entry } from '../../domain/audit-log/chain.ts'
import { erasePersonalData } from '../../domain/audit-log/erase-personal-data.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { exportAuditLog } from '../../domain/audit-log/export-audit-log.ts'
import { readFacts } from '../../domain/audit-log/read-facts.ts'
import { signCheckpoint } from '../../domain/audit-log/sign-checkpoint.ts'
import { verifyAuditLog, type AuditLogFault } from '../../domain/audit-log/verify-audit-log.ts'
import type { AuditLogTables } from '../../domain/audit-log/audit-log.ts'
import type { UserTables } from '../../domain/users/users.ts'
import { foldName } from '../../domain/users/user.ts'
import { fail } from '../../failures.ts'
import { confirm, yes } from '../ask.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { printTable } from '../table.ts'
import { counted, momentOf, print, printJson, printProgress } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const mode = 'production'
const maxListed = 100
const day = 86_400 // seconds

const list = settingsCommand({
  usage: 'list [user]',
  summary: `Show the newest ${maxListed} security events, of one user or of all, the newest last`,
  mode,
  options: [json],
  examples: ['countersign audit-log list', 'countersign audit-log list ada --json'],
  run: (config, user = '', asJson = '') =>
    withRuntime(config, async ({ store }) => {
      const id = user === '' ? undefined : await userIdOf(store, user)
      const entries = (await store.auditLog.newest(maxListed, { userId: id })).toReversed()
      if (asJson) printJson(entries.map(toJson))
      else await printTable(['', 'time', 'event', 'more'], entries.map(rowOf))
    }),
})

const verify = settingsCommand({
  usage: 'verify [file]',
  summary:
    'Check that nobody changed the audit log; the file holds checkpoints that were kept elsewhere; exit code 3 when somebody did',
  mode,
  examples: ['countersign audit-log verify', 'countersign audit-log verify /media/usb/checkpoints'],
  options: [json],
  run: (config, file = '', asJson = '') =>
    withRuntime(config, async (runtime) => {
      const kept = file === '' ? [] : readCheckpoints(file)
      const report = await verifyAuditLog(runtime, kept, (entries) =>
        printProgress(`${entries} entries checked`),
      )
      if (report.fault) throw fail('audit_log_broken', { detail: sentenceOf(report.fault) })
      const { entries, erased, checkpoints, unverifiable } = report
      if (asJson) return printJson({ entries, checkpoints, unverifiable, erased })
      print(`Fit: ${counted(entries, 'entry')}, ${counted(checkpoints, 'checkpoint')}`)
      if (unverifiable > 0)
        print(
          `${counted(unverifiable, 'older entry')} cannot be checked: the root secret of then is lost`,
        )
      if (erased > 0) print(`The personal data of ${counted(erased, 'entry')} has been erased`)
    }),
})

const seal = settingsCommand({
  usage: 'seal',
  summary: 'Sign a checkpoint of the audit log and print it; keep it on another machine',
  mode,
  examples: ['countersign audit-log seal >> /media/usb/checkpoints'],
  run: (config) =>
    withRuntime(config, async (runtime) => print((await signCheckpoint(runtime)).token)),
})

const exportAll = settingsCommand({
  usage: 'export',
  summary: 'Print the whole audit log, an entry a line in JSON, with its checkpoints and their key',
  mode,
  examples: ['countersign audit-log export > audit-log.jsonl'],
  run: (config) =>
    withRuntime(config, async (runtime) => {
      for await (const lines of exportAuditLog(runtime)) lines.forEach(print)
    }),
})

const erase = settingsCommand({
  usage: 'erase <user>',
  summary: 'Erase the addresses and user agents of a user from the audit log; it still verifies',
  mode,
  options: [yes],
  examples: ['countersign audit-log erase ada', 'countersign audit-log erase u_Zx3… --yes'],
  run: (config, user = '', sure = '') =>
    withRuntime(config, async (runtime) => {
      const id = await userIdOf(runtime.store, user)
      await confirm(
        sure,
        'The addresses and user agents of all entries of this user are lost for good',
      )
      const entries = await erasePersonalData(runtime, { user: id }, commandLine)
      print(`Erased the personal data of ${counted(entries, 'entry')}`)
    }),
})

const forget = settingsCommand({
  usage: 'forget <days>',
  summary:
    'Erase the addresses and user agents from all entries older than so many days; it still verifies',
  mode,
  options: [yes],
  examples: ['countersign audit-log forget 180', 'countersign audit-log forget 180 --yes'],
  run: (config, days = '', sure = '') =>
    withRuntime(config, async (runtime) => {
      if (!/^\d{1,5}$/.test(days))
        throw fail('argument_invalid', { detail: 'days must be a whole number' })
      await confirm(
        sure,
        `The addresses and user agents of all entries older than ${Number(days)} days are lost for good`,
      )
      const before = runtime.clock.now() - Number(days) * day
      const entries = await erasePersonalData(runtime, { before }, commandLine)
      print(`Erased the personal data of ${counted(entries, 'entry')}`)
    }),
})

/** The audit log, from the command line. */
export const auditLog = groupOf(
  'audit-log',
  'Show, check and seal the record of security events',
  list,
  verify,
  seal,
  exportAll,
  erase,
  forget,
)

/** Of a name or an id; a user who is gone is known by the id alone, from what the audit log has of it. Fails with `user_unknown`. */
async function userIdOf(store: AuditLogTables & UserTables, text: string): Promise<string> {
  const byName = await store.users.findByName(foldName(text))
  if (byName) return byName.user.id
  if (await store.users.find(text)) return text
  if ((await store.auditLog.newest(1, { userId: text })).length > 0) return text
  throw fail('user_unknown')
}

function rowOf({ seq, at, type, userId, sessionId, facts, personal }: Entry): readonly string[] {
  const who = { ...(userId && { user: userId }), ...(sessionId && { session: sessionId }) }
  const facets = Object.entries({ ...who, ...readFacts(facts), ...readFacts(personal) })
  const more = facets.map(([name, value]) => `${name}=${wordOf(value)}`).join(' ')
  return [String(seq), momentOf(at), type, more]
}

/** A value as JSON; a plain word as it is. */
function wordOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.:-]+$/.test(value) ? value : JSON.stringify(value)
}

function toJson({ seq, at, type, userId, sessionId, facts, personal }: Entry) {
  const told = { facts: readFacts(facts), personal: readFacts(personal) }
  return { seq, at, type, user: userId, session: sessionId, ...told }
}

/** Lines of `audit log seal`, or of `audit log export`. */
function readCheckpoints(file: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'the file of checkpoints cannot be read', cause })
  }
  const lines = text.split('\n').map((line) => line.trim())
  const tokens = lines
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('{') ? readFacts(line)['checkpoint'] : line))
    .filter((one) => one !== undefined) // an entry, or the key
  const invalid = fail('argument_invalid', {
    detail: 'the file holds something else than checkpoints',
  })
  if (tokens.length === 0) throw invalid
  return tokens.map((one) => {
    if (typeof one !== 'string' || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(one)) throw invalid
    return one
  })
}

function sentenceOf({ seq, fault }: AuditLogFault): string {
  switch (fault) {
    case 'missing':
      return `entry ${seq} is missing`
    case 'out_of_order':
      return `another entry stands where entry ${seq} belongs`
    case 'changed':
      return `entry ${seq} was changed`
    case 'personal_data_changed':
      return `the personal data of entry ${seq} was changed`
    case 'truncated':
      return `entry ${seq} and those after it are gone, and a checkpoint has seen them`
    case 'replaced':
      return `entry ${seq} is not the one that a checkpoint has seen`
    case 'checkpoint_missing':
      return `the checkpoint of entry ${seq} is gone`
    case 'checkpoint_unreadable':
      return seq === 0
        ? 'a checkpoint that was kept is not one of this server'
        : `the checkpoint of entry ${seq} was changed`
  }
}
