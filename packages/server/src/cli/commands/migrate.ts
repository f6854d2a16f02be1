import { groupOf, json, settingsCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { printTable } from '../table.ts'
import { pluralize, print, printJson, tone } from '../terminal.ts'

const mode = 'production'
const maintenance = () => import('../../maintenance.ts')

const status = settingsCommand({
  usage: 'status',
  summary: 'Show which migrations are done and which are pending; exit code 3 if any is pending',
  options: [json],
  mode,
  examples: ['countersign migrate status', 'countersign migrate status --json'],
  async run(config, { json: asJson }) {
    const { migrationsOf } = await maintenance()
    const state = await migrationsOf(config)
    const { done, pending, unknown } = state
    if (pending.length > 0) process.exitCode = exitCodes.bad.code
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
  summary: 'Print the SQL of the pending migrations without running it',
  mode,
  examples: ['countersign migrate plan', 'countersign migrate plan > review.sql'],
  async run(config) {
    const { migrationsOf, statementsOf } = await maintenance()
    const { pending } = await migrationsOf(config)
    if (pending.length === 0) return print(tone.quiet('-- No migration is pending'))
    for (const [at, name] of pending.entries()) {
      print(`${at === 0 ? '' : '\n'}-- ${name}`)
      for (const statement of await statementsOf(name, config.database.url.kind))
        print(`${toLines(statement)};`)
    }
  },
})

const column = /(?:[^(),]|\([^()]*\))+/g // up to a comma outside parentheses

/** Lays out a statement for a review: the columns of a new table one a line, and continued lines indented from 2 spaces on. */
function toLines(statement: string): string {
  const [, head, body = ''] = /^(create table "?\w+"? \()(.*)\)$/s.exec(statement) ?? []
  const columns = body.match(column) ?? []
  if (head !== undefined && columns.join(',') === body)
    return `${head}\n${columns.map((one) => `  ${one.trim()}`).join(',\n')}\n)`
  const indents = statement.match(/\n */g) ?? []
  if (indents.length === 0) return statement
  const least = Math.min(...indents.map(({ length }) => length - 1))
  return statement.replaceAll(`\n${' '.repeat(least)}`, '\n  ')
}

const apply = settingsCommand({
  usage: 'apply',
  summary:
    'Run the pending migrations in one transaction; see `countersign migrate plan` for what they change',
  mode,
  examples: ['countersign migrate plan && countersign migrate apply'],
  async run(config) {
    const { applyMigrations } = await maintenance()
    const done = await applyMigrations(config)
    done.forEach((name) => print(name))
    print(done.length === 0 ? 'No migration was pending' : `Ran ${pluralize(done, 'migration')}`)
  },
})

/** The group `migrate`. */
export const migrate = groupOf(
  'migrate',
  'Show and run migrations of the database',
  status,
  plan,
  apply,
)
