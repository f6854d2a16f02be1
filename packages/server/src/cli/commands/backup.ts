import { resolve } from 'node:path'
import { fail } from '../../failures.ts'
import { json, settingsCommand } from '../command.ts'
import { print, printJson, printProgress, printRemark } from '../terminal.ts'

/** Copies the database while servers use it. */
export const backup = settingsCommand({
  usage: 'backup <file>',
  summary:
    'Copy the database into a new file while it is in use, and check the copy; for PostgreSQL, print the pg_dump command to run',
  options: [json],
  mode: 'production',
  shownSettings: ['database.url'],
  examples: [
    'countersign backup /var/backups/countersign-$(date +%F).db',
    'countersign backup copy.db --json | jq .bytes',
  ],
  async run(config, { file, json: asJson }) {
    const { backUp } = await import('../../maintenance.ts')
    const result = await backUp(config, file, (fraction) =>
      printProgress(
        fraction < 1 ? `${Math.floor(fraction * 100)} % copied` : 'Checking the copy\u2026',
      ),
    )
    switch (result.kind) {
      case 'command':
        if (asJson) printJson({ command: result.command })
        else print(result.command)
        throw fail('backup_by_pg_dump')
      case 'made':
        if (asJson) return printJson({ file: resolve(file), bytes: result.bytes })
        print(`Backed up to ${file}: ${result.bytes} bytes, checked`)
        printRemark(
          'Keep keys.encryption_key and the peppers somewhere else: the backup cannot be used without them',
        )
    }
  },
})
