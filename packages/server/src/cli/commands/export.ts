import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { exportUsers } from '../../domain/import-export/export-users.ts'
import { fail } from '../../failures.ts'
import { settingsCommand } from '../command.ts'
import { print, printNotice } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

/** Prints all users, or writes them to a file. */
export const exportCommand = settingsCommand({
  usage: 'export',
  summary:
    'Print all users as JSON, one a line, for `countersign import --from jsonl`; without sessions and without second factors',
  options: [
    ['--with-hashes', 'Include the password hashes; they go to a file only, never to a terminal.'],
    ['--output <FILE>', 'Write a new file that its owner alone can read.'],
  ],
  mode: 'production',
  shownSettings: ['database.url'],
  examples: [
    'countersign export > users.jsonl',
    'countersign export --with-hashes --output users.jsonl',
  ],
  async run(config, { withHashes, output }) {
    if (withHashes && output === undefined)
      throw fail('argument_invalid', { detail: 'name a file for the hashes, with --output' })
    await withRuntime(config, async (runtime) => {
      const lines = exportUsers(runtime, { hashes: withHashes })
      if (output === undefined) for await (const line of lines) print(line)
      else printNotice(`Wrote ${await writeLines(output, lines)} users to ${output}`)
    })
  },
})

/** Writes lines to a new file of mode 0600; returns their number. Fails with `argument_invalid` if there is one. */
async function writeLines(path: string, lines: AsyncIterable<string>): Promise<number> {
  const file = createWriteStream(path, { mode: 0o600, flags: 'wx' })
  try {
    await once(file, 'open')
    let count = 0
    for await (const line of lines) {
      count++
      if (!file.write(`${line}\n`)) await once(file, 'drain')
    }
    file.end()
    await finished(file)
    return count
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'the file exists, or cannot be written', cause })
  }
}
