import { applyMigrations, migrationsOf, statementsOf } from '../../maintenance.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { printTable } from '../table.ts'
import { counted, print, printJson, tone } from '../terminal.ts'

const mode = 'production'

const status = settingsCommand({
  usage: 'status',
  summary: 'Show which migrations are done and which are pending; exit code 3 when some are',
  options: [json],
  mode,
  examples: ['countersign migrate status', 'countersign migrate status --json'],
  async run(config, asJson = '') {
    const state = await migrationsOf(config)
    const { done, pending, unknown } = state
    if (pending.length > 0) process.exitCode = exitCodes.found.code
    if (asJson) return printJson(state)
    await printTable(
      ['migration', 'state'],
      [
        ...done.map((name) => [name, tone.good('done')]),
        ...pending.map((name) => [name, tone.warning('pending')]),
        ...unknown.map((name) => [name, tone.failure('done by a newer version')]),
      ],
    )
  },
})

const plan = settingsCommand({
  usage: 'plan',
  summary: 'Print the statements of the pending migrations, and run none',
  mode,
  examples: ['countersign migrate plan', 'countersign migrate plan > review.sql'],
  async run(config) {
    const { pending } = await migrationsOf(config)
    if (pending.length === 0) return print(tone.quiet('-- Nothing is pending'))
    for (const name of pending) {
      print(`-- ${name}`)
      for (const statement of await statementsOf(name)) print(`${statement};`)
    }
  },
})

const apply = settingsCommand({
  usage: 'apply',
  summary:
    'Bring the tables up to date, in one transaction; servers of this version and the one before may go on',
  mode,
  examples: ['countersign migrate plan && countersign migrate apply'],
  async run(config) {
    const done = await applyMigrations(config)
    done.forEach((name) => print(name))
    print(done.length === 0 ? 'Nothing was pending' : `Did ${counted(done, 'migration')}`)
  },
})

/** Migrations, from the command line. */
export const migrate = groupOf(
  'migrate',
  'Bring the tables of the database up to date',
  status,
  plan,
  apply,
)
