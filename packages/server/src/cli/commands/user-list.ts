import type { Store } from '../../domain/store.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { foldName, type User } from '../../domain/users/user.ts'
import { json, settingsCommand } from '../command.ts'
import { printTable } from '../table.ts'
import {
  dateOf,
  pluralize,
  print,
  printFields,
  printJson,
  printJsonList,
  tone,
} from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const pageSize = 500

/** Lists users. */
export const list = settingsCommand({
  usage: 'list [search]',
  summary:
    'List all users, or those whose name or e-mail address contains a text, the newest first',
  options: [
    [
      '--without-password',
      'Only users without a password, whom an identity provider or a link signs in.',
    ],
    json,
  ],
  mode: 'production',
  examples: [
    'countersign user list',
    'countersign user list example.com',
    'countersign user list --without-password',
    'countersign user list --json',
  ],
  run: (config, { search = '', withoutPassword, json: asJson }) =>
    withRuntime(config, async ({ store }) => {
      const filter = { search, withoutPassword }
      if (asJson) return printJsonList(usersOf(store, filter))
      let count = 0
      for await (const page of pagesOf(store, filter)) {
        count += page.length
        await printTable(['name', 'e-mail', 'roles', 'added', ''], page.map(rowOf))
      }
      if (count === 0) print(tone.quiet('No users'))
    }),
})

/** Shows one user. */
export const show = settingsCommand({
  usage: 'show <name>',
  summary: 'Show a user and the number of their sessions',
  options: [json],
  mode: 'production',
  examples: ['countersign user show ada', 'countersign user show ada --json'],
  run: (config, { name, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const { store, clock } = runtime
      const user = await findUser(runtime, name)
      const sessions = await store.sessions.listAlive(user.id, clock.now())
      if (asJson) return printJson({ ...toJson(user), sessions: sessions.length })
      print(tone.strong(user.name))
      printFields([
        ['id', user.id],
        ['e-mail', user.email ?? 'none'],
        ['roles', user.roles.join(', ') || 'none'],
        ['added', dateOf(user.createdAt)],
        ['password', passwordOf(user)],
        ['state', stateOf(user)],
        ['signed in', pluralize(sessions, 'session')],
      ])
    }),
})

interface Filter {
  readonly search: string
  readonly withoutPassword: boolean
}

async function* pagesOf(store: Store, { search, withoutPassword }: Filter) {
  let after: User | undefined
  do {
    const page = await store.users.list({ limit: pageSize, search: foldName(search), after })
    const listed = withoutPassword ? page.filter((user) => !user.hasPassword) : page
    if (listed.length > 0) yield listed
    after = page.length === pageSize ? page.at(-1) : undefined
  } while (after)
}

async function* usersOf(store: Store, filter: Filter) {
  for await (const page of pagesOf(store, filter)) yield* page.map(toJson)
}

function rowOf(user: User): readonly string[] {
  const { name, email, roles, createdAt, disabledAt, hasPassword } = user
  const state = disabledAt === null ? '' : tone.warning(stateOf(user))
  const password = hasPassword ? '' : 'no password'
  const states = [state, password].filter((one) => one !== '').join(', ')
  return [name, email ?? '', roles.join(', '), dateOf(createdAt), states]
}

function toJson(user: User) {
  const { id, name, email, roles, createdAt, hasPassword, passwordChangedAt, disabledAt } = user
  const password = {
    has_password: hasPassword,
    password_changed_at: hasPassword ? passwordChangedAt : null,
  }
  return {
    id,
    username: name,
    email,
    roles,
    created_at: createdAt,
    ...password,
    disabled_at: disabledAt,
  }
}

function passwordOf({ hasPassword, passwordChangedAt }: User): string {
  return hasPassword
    ? `set ${dateOf(passwordChangedAt)}`
    : 'none; `countersign user reset-link` makes a link to set one'
}

function stateOf({ disabledAt }: User): string {
  return disabledAt === null ? 'active' : `disabled since ${dateOf(disabledAt)}`
}
