import { resolve } from 'node:path'
import { fail } from '../../failures.ts'
import { backUp } from '../../maintenance.ts'
import { json, settingsCommand } from '../command.ts'
import { print, printJson, printProgress, printRemark } from '../terminal.ts'

/** Copies the database while servers run on it. */
export const backup = settingsCommand({
  usage: 'backup <file>',
  summary:
    'Copy the database into a new file while it is used, and check the copy; restoring: guides/backup.md',
  options: [json],
  mode: 'production',
  tells: ['database.url'],
  examples: [
    'countersign backup /var/backups/countersign-$(date +%F).db',
    'countersign backup copy.db --json | jq .bytes',
  ],
  async run(config, to = '', asJson = '') {
    const made = await backUp(config, to, (share) =>
      printProgress(share < 1 ? `${Math.floor(share * 100)} % copied` : 'Checking the copy\u2026'),
    )
    switch (made.kind) {
      case 'elsewhere':
        if (asJson) printJson({ command: made.command })
        else print(made.command)
        throw fail('backup_elsewhere')
      case 'made':
        if (asJson) return printJson({ file: resolve(to), bytes: made.bytes })
        print(`Backed up into ${to}: ${made.bytes} bytes, checked`)
        printRemark(
          'Keep keys.encryption_key and the peppers elsewhere: it is of no use without them',
        )
    }
  },
})
