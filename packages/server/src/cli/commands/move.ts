import type { Config } from '../../config/settings.ts'
import { databaseUrl } from '../../config/database-url.ts'
import { fail } from '../../failures.ts'
import type { MovedRows, MoveProgress } from '../../move.ts'
import { json, settingsCommand, yes } from '../command.ts'
import { confirm } from '../prompt.ts'
import { readTextFile } from '../read-input.ts'
import { printTable } from '../table.ts'
import { pluralize, print, printJson, printNotice, printProgress } from '../terminal.ts'

type DatabaseUrl = Config['database']['url']

/** Moves the database to another one, from SQLite to PostgreSQL or back, while all users stay signed in. */
export const move = settingsCommand({
  usage: 'move',
  summary:
    'Move everything to another database, from SQLite to PostgreSQL or back, while servers use it: users stay signed in. Afterwards no server opens the old one. If it is killed, run it again',
  options: [
    ['--to <URL>', 'The new database, which must be empty; see database.url.', parseUrl],
    ['--to-file <FILE>', 'A file with that URL, if it contains a password.'],
    ['--dry-run', 'Check both databases and count the rows; change nothing.'],
    ['--cancel', 'End a move that has not finished: the old database can be written again.'],
    yes,
    json,
  ],
  mode: 'production',
  shownSettings: ['database.url', 'keys.encryption_key'],
  examples: [
    'countersign move --to postgres://countersign@localhost/countersign --dry-run',
    'countersign move --to-file /etc/countersign/new-database-url --yes',
  ],
  async run(config, { to, toFile, dryRun, cancel, yes: confirmed, json: asJson }) {
    const { cancelMoveFrom, moveTo, planMoveTo } = await import('../../move.ts')
    if (cancel) return printCancelled(await cancelMoveFrom(config))
    const url = targetOf(to, toFile)
    if (dryRun) return printRows(await planMoveTo(config, url), { asJson, done: false })
    await confirm(
      confirmed,
      'Servers refuse all changes for the last part of the move, and stop using the old database at its end',
    )
    const rows = await moveTo(config, { to: url, onProgress: printStep })
    await printRows(rows, { asJson, done: true })
    if (!asJson)
      print(
        'Moved. Set database.url of every server to the new database, and start them; keys.encryption_key and the peppers stay the same',
      )
  },
})

function parseUrl(text: string): DatabaseUrl {
  const parsed = databaseUrl.safeParse(text)
  if (parsed.success) return parsed.data
  throw fail('argument_invalid', { detail: `the target ${parsed.error.issues[0]?.message ?? ''}` })
}

function targetOf(to: DatabaseUrl | undefined, file: string | undefined): DatabaseUrl {
  const target = urlOf(to, file)
  if (target.kind === 'sqlite' && /^(?::memory:$|file:)/.test(target.file))
    throw fail('argument_invalid', {
      detail:
        'the target must be the path of a file: a database in memory ends with this command, and there is no way back to the old one',
    })
  return target
}

function urlOf(to: DatabaseUrl | undefined, file: string | undefined): DatabaseUrl {
  if (to && file === undefined) {
    if (to.kind === 'sqlite' || !hasPassword(to.url.reveal())) return to
    throw fail('argument_invalid', {
      detail:
        'the URL has a password, which every program on this machine can read on a command line; name a file that contains the URL, with --to-file',
    })
  }
  if (!to && file !== undefined) return parseUrl(readTextFile(file).trim())
  throw fail('argument_invalid', { detail: 'name the new database, with --to or --to-file' })
}

/** Returns whether a URL of PostgreSQL contains a password: before the host, or in the query, where the driver reads names that are percent-encoded, too. */
function hasPassword(url: string): boolean {
  const [address = '', query = ''] = url.split(/\?(.*)/s, 2)
  const names = [...new URLSearchParams(query).keys()]
  return /^\w+:\/\/[^/]*:[^/]*@/.test(address) || names.some((name) => /password$/i.test(name))
}

function printCancelled(isCancelled: boolean): void {
  print(
    isCancelled
      ? 'Cancelled: the database can be written again. Empty the other one before the next move to it'
      : 'No move is under way; nothing was changed',
  )
}

/** Prints the steps as lines, since each changes what servers do, and rows at a terminal only. */
function printStep(progress: MoveProgress): void {
  if (!('step' in progress))
    return printProgress(`${progress.table}: ${progress.rows} of ${progress.of} rows`)
  const sentence = sentences[progress.step]
  if (sentence !== undefined) printNotice(sentence)
}

const sentences: Readonly<Record<string, string>> = {
  prepared: 'Copying; servers work as before',
  copied: 'Copied. Freezing the database: servers refuse changes, and answer everything else',
  compared: 'Every row has arrived',
}

async function printRows(
  rows: MovedRows,
  { asJson, done }: { readonly asJson: boolean; readonly done: boolean },
): Promise<void> {
  if (asJson) return printJson({ rows, moved: done })
  const filled = Object.entries(rows).filter(([, count]) => count > 0)
  await printTable(
    ['table', 'rows'],
    filled.map(([table, count]) => [table, String(count)]),
  )
  const total = filled.reduce((sum, [, count]) => sum + count, 0)
  print(
    done
      ? `${pluralize(total, 'row')} moved`
      : `Nothing was changed; would move ${pluralize(total, 'row')}`,
  )
}
