import { findUser } from '../../domain/users/find-user.ts'
import { foldName, type User } from '../../domain/users/user.ts'
import { settingsCommand } from '../command.ts'
import { counted, dateOf, print, tone } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const pageSize = 500

/** Lists users. */
export const list = settingsCommand({
  usage: 'list [prefix]',
  summary: 'List users, or those whose names begin so, the newest first',
  mode: 'production',
  examples: ['countersign user list', 'countersign user list ad'],
  run: (config, prefix = '') =>
    withRuntime(config, async ({ store }) => {
      let after: User | undefined
      let count = 0
      do {
        const page = await store.users.list({ limit: pageSize, prefix: foldName(prefix), after })
        page.map(lineOf).forEach(print)
        count += page.length
        after = page.length === pageSize ? page.at(-1) : undefined
      } while (after)
      if (count === 0) print(tone.quiet('No users'))
    }),
})

/** Shows one user. */
export const show = settingsCommand({
  usage: 'show <name>',
  summary: 'Show a user, and how often they are signed in',
  mode: 'production',
  examples: ['countersign user show ada'],
  run: (config, name = '') =>
    withRuntime(config, async (runtime) => {
      const { store, clock } = runtime
      const user = await findUser(runtime, name)
      const sessions = await store.sessions.listAlive(user.id, clock.now())
      print(tone.strong(user.name))
      for (const [title, value] of [
        ['id', user.id],
        ['e-mail', user.email ?? 'none'],
        ['roles', user.roles.join(', ') || 'none'],
        ['made', dateOf(user.createdAt)],
        ['password', `since ${dateOf(user.passwordChangedAt)}`],
        ['state', stateOf(user)],
        ['signed in', counted(sessions, 'session')],
      ] as const)
        print(`  ${title.padEnd(10)} ${value}`)
    }),
})

function lineOf(user: User): string {
  const about = [user.email, user.roles.join(', '), user.disabledAt === null ? '' : stateOf(user)]
  return [user.name.padEnd(24), dateOf(user.createdAt), ...about.filter(Boolean)].join('  ')
}

function stateOf({ disabledAt }: User): string {
  return disabledAt === null ? 'may sign in' : `disabled since ${dateOf(disabledAt)}`
}
