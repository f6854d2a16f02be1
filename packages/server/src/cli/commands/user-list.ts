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
  options: [json],
  mode: 'production',
  examples: [
    'countersign user list',
    'countersign user list example.com',
    'countersign user list --json',
  ],
  run: (config, { search = '', json: asJson }) =>
    withRuntime(config, async ({ store }) => {
      if (asJson) return printJsonList(usersOf(store, search))
      let count = 0
      for await (const page of pagesOf(store, search)) {
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
        ['password', `set ${dateOf(user.passwordChangedAt)}`],
        ['state', stateOf(user)],
        ['signed in', pluralize(sessions, 'session')],
      ])
    }),
})

async function* pagesOf(store: Store, search: string) {
  let after: User | undefined
  do {
    const page = await store.users.list({ limit: pageSize, search: foldName(search), after })
    if (page.length > 0) yield page
    after = page.length === pageSize ? page.at(-1) : undefined
  } while (after)
}

async function* usersOf(store: Store, search: string) {
  for await (const page of pagesOf(store, search)) yield* page.map(toJson)
}

function rowOf(user: User): readonly string[] {
  const { name, email, roles, createdAt, disabledAt } = user
  const state = disabledAt === null ? '' : tone.warning(stateOf(user))
  return [name, email ?? '', roles.join(', '), dateOf(createdAt), state]
}

function toJson({ id, name, email, roles, createdAt, passwordChangedAt, disabledAt }: User) {
  const times = { created_at: createdAt, password_changed_at: passwordChangedAt }
  return { id, username: name, email, roles, ...times, disabled_at: disabledAt }
}

function stateOf({ disabledAt }: User): string {
  return disabledAt === null ? 'active' : `disabled since ${dateOf(disabledAt)}`
}
