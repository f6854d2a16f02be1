import { isCountersignError } from '@countersign/token'
import { createReadStream } from 'node:fs'
import { commandLine } from '../../domain/audit-log/event.ts'
import { readRecords } from '../../domain/import-export/file-record.ts'
import { isSource, sources, type Source } from '../../domain/import-export/foreign-user.ts'
import {
  importUsers,
  noUsers,
  type ImportCounts,
  type Refusal,
} from '../../domain/import-export/import-users.ts'
import type { FirebaseParams } from '../../domain/passwords/foreign-hash.ts'
import { pepperIdOf } from '../../domain/passwords/password-hash.ts'
import type { Config } from '../../config/settings.ts'
import { fail } from '../../failures.ts'
import { json, settingsCommand } from '../command.ts'
import { readTextFile } from '../read-input.ts'
import { pluralize, print, printJson, printNotice, printProgress } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

const maxListed = 1000 // refused users in the report as JSON, which is printed as a whole

/** Imports the users of another system. */
export const importCommand = settingsCommand({
  usage: 'import <file>',
  summary:
    'Add the users of another system with the password hashes that it exported; - is standard input. Users who are there already stay as they are, so a run can be repeated',
  options: [
    ['--from <SYSTEM>', `The system: ${Object.keys(sources).join(', ')}.`, sourceOf],
    ['--dry-run', 'Read and judge everything, and write nothing.'],
    [
      '--trust-verified-emails',
      'Take addresses as verified that the other system verified: their readers can set a new password here.',
    ],
    ['--with-roles', 'Give users the roles that the file names; of Django, admin to superusers.'],
    [
      '--hash-config <FILE>',
      'Of Firebase: the password hash parameters of the project, copied from its console.',
    ],
    [
      '--hmac-key-file <FILE>',
      'Of Flask-Security: SECURITY_PASSWORD_SALT. It must be in passwords.previous_peppers, too, in base64.',
    ],
    json,
  ],
  mode: 'production',
  shownSettings: ['database.url'],
  examples: [
    'countersign import users.json --from django --dry-run',
    'countersign import users.json --from firebase --hash-config hash-config.txt',
    "psql app --csv -c 'select * from auth.users' | countersign import - --from supabase --trust-verified-emails",
  ],
  async run(
    config,
    { file, from, dryRun, trustVerifiedEmails, withRoles, hashConfig, hmacKeyFile, json: asJson },
  ) {
    if (from === undefined)
      throw fail('argument_invalid', { detail: 'name the system that wrote the file, with --from' })
    const firebase =
      hashConfig === undefined ? undefined : parseHashConfig(readTextFile(hashConfig))
    const hmacPepperId = hmacKeyFile === undefined ? undefined : pepperIdIn(config, hmacKeyFile)
    const trusted = { trustVerifiedEmails, withRoles }
    const options = { from, dryRun, ...trusted, firebase, hmacPepperId, by: commandLine }
    const records = readRecords(chunksOf(file), { wrapped: sources[from].wrapped })
    const work = async (runtime: CommandRuntime) => {
      let report = noUsers
      const listed: Refusal[] = []
      for await (const { refusals, ...counts } of importUsers(runtime, records, options)) {
        report = counts
        listed.push(...refusals.slice(0, maxListed - listed.length))
        if (!asJson) for (const { line, message } of refusals) print(`line ${line}: ${message}`)
        printProgress(`${counts.added + counts.present + counts.refused} users read`)
      }
      if (asJson) printJson(toJson(report, { dryRun, listed }))
      else printReport(report, dryRun)
      if (report.refused > 0) throw fail('users_refused')
    }
    if (dryRun) await judge(config, work)
    else await withRuntime(config, work, { create: true }) // the first users may be imported before the first server starts
  },
})

/** Runs a dry run on the database; if there is none, on an empty one in memory, because the import would create it. */
async function judge(config: Config, work: (runtime: CommandRuntime) => Promise<void>) {
  try {
    await withRuntime(config, work)
  } catch (error) {
    if (!isCountersignError(error) || error.code !== 'database_missing') throw error
    printNotice('There is no database yet; the file is compared with none')
    const url = { kind: 'sqlite', file: ':memory:' } as const
    const empty = { ...config, database: { ...config.database, url } }
    await withRuntime(empty, work, { create: true })
  }
}

function toJson(
  { withoutPassword, ignored, ...counts }: ImportCounts,
  { dryRun, listed }: { readonly dryRun: boolean; readonly listed: readonly Refusal[] },
) {
  const without = { without_password: withoutPassword, ignored_columns: ignored }
  return { ...counts, ...without, dry_run: dryRun, refusals: listed }
}

function printReport(
  { added, withoutPassword, present, refused, ignored }: ImportCounts,
  dryRun: boolean,
): void {
  const done = dryRun ? 'Nothing was written; would add' : 'Added'
  const without =
    withoutPassword > 0
      ? ` (${withoutPassword} without a password hash, who need a link to set a password)`
      : ''
  if (ignored.length > 0) print(`Ignored columns: ${ignored.join(', ')}`)
  print(
    `${done} ${pluralize(added, 'user')}${without}; ${present} already there, ${refused} refused`,
  )
  if (withoutPassword > 0 && !dryRun)
    print('`countersign user list --without-password` names those without a password')
}

function sourceOf(text: string): Source {
  if (isSource(text)) return text
  throw fail('argument_invalid', {
    detail: `--from must be one of ${Object.keys(sources).join(', ')}`,
  })
}

/** Reads a file in pieces, or standard input. Fails with `argument_invalid`. */
async function* chunksOf(file: string): AsyncGenerator<string> {
  const stream = file === '-' ? process.stdin.setEncoding('utf8') : createReadStream(file, 'utf8')
  try {
    for await (const chunk of stream) yield String(chunk)
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'a file that it names cannot be read', cause })
  }
}

/** Returns the id of a key that must be among the peppers, so that the servers can check hashes with it. Fails with `argument_invalid`. */
function pepperIdIn({ passwords }: Config, path: string): string {
  const key = Buffer.from(readTextFile(path).trim())
  const isKnown = passwords.previousPeppers?.some((one) =>
    Buffer.from(one.reveal(), 'base64').equals(key),
  )
  if (isKnown) return pepperIdOf(key)
  throw fail('argument_invalid', {
    detail:
      'the key is not in passwords.previous_peppers; add it there, in base64, on every server',
  })
}

/** Reads the parameters as the console of Firebase shows them, or as JSON. Fails with `argument_invalid`. */
function parseHashConfig(text: string): FirebaseParams {
  const valueOf = (name: string) => {
    const [, value] = new RegExp(`${name}"?\\s*[:=]\\s*"?([\\w+/=-]+)`).exec(text) ?? []
    if (value !== undefined) return value
    throw fail('argument_invalid', { detail: `the hash parameters lack ${name}` })
  }
  return {
    signerKey: valueOf('base64_signer_key'),
    saltSeparator: valueOf('base64_salt_separator'),
    rounds: Number(valueOf('rounds')),
    memoryCost: Number(valueOf('mem_cost')),
  }
}
