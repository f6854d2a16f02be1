import { toIsoText } from '@countersign/token/internal'
import { resetFactors } from '../../domain/administration/reset-factors.ts'
import { makeResetLink } from '../../domain/administration/make-reset-link.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { setPassword } from '../../domain/administration/set-password.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { addUser } from '../../domain/registration/register-user.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { readPassword } from '../read-input.ts'
import { listOf, pluralize, print, printJson, printRemark } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'
import { disable, enable, remove, roles, email } from './user-change.ts'
import { invite } from './user-invite.ts'
import { list, show } from './user-list.ts'

const add = settingsCommand({
  usage: 'add <name>',
  summary: 'Add a user; asks for the password, or reads it as one line from standard input',
  options: [
    ['--email <ADDRESS>', 'The e-mail address.'],
    ['--roles <LIST>', 'The roles, separated by commas; admin is an administrator.', listOf],
  ],
  mode: 'production',
  examples: [
    'countersign user add ada',
    'pass show ada | head -n 1 | countersign user add ada --email ada@example.com --roles admin,billing',
  ],
  async run(config, { name, email: address, roles: given = [] }) {
    const password = await readPassword(config.passwords)
    const create = true // the first user may be added before the first server starts
    await withRuntime(
      config,
      async (runtime) => {
        const extras = { email: address, roles: given, by: commandLine }
        const user = await addUser(runtime, name, password, extras)
        print(`Added the user ${user.name} (${user.id})`)
      },
      { create },
    )
  },
})

const password = settingsCommand({
  usage: 'set-password <name>',
  summary:
    'Set the password of a user, asked for or read as one line from standard input; ends all their sessions',
  mode: 'production',
  examples: [
    'countersign user set-password ada',
    'pass show ada | head -n 1 | countersign user set-password ada',
  ],
  run: (config, { name }) =>
    withRuntime(config, async (runtime) => {
      const { id, name: shown } = await findUser(runtime, name)
      const next = await readPassword(config.passwords)
      const ended = await setPassword(runtime, id, next, commandLine)
      print(`Set the password of ${shown}; ended ${pluralize(ended, 'session')}`)
    }),
})

const resetLink = settingsCommand({
  usage: 'reset-link <name>',
  summary: 'Print a link, valid once and for an hour, with which a user can set a new password',
  options: [json],
  mode: 'production',
  examples: ['countersign user reset-link ada'],
  run: (config, { name, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const user = await findUser(runtime, name)
      const { url, expiresAt } = await makeResetLink(runtime, user.id, commandLine)
      if (asJson) return printJson({ url: url.reveal(), expires_at: expiresAt })
      print(url.reveal())
      printRemark(
        `Give it to ${user.name}. Valid once, until ${toIsoText(expiresAt)}. It is not shown again.`,
      )
    }),
})

const factors = settingsCommand({
  usage: 'reset-factors <name>',
  summary:
    'Remove all second factors of a user who has lost them; ends all their sessions. Make sure first who asks for it',
  mode: 'production',
  examples: ['countersign user reset-factors ada'],
  run: (config, { name }) =>
    withRuntime(config, async (runtime) => {
      const { id, name: shown } = await findUser(runtime, name)
      const ended = await resetFactors(runtime, id, commandLine)
      print(`Removed the second factors of ${shown}; ended ${pluralize(ended, 'session')}`)
    }),
})

/** The group `user`. */
export const user = groupOf(
  'user',
  'Add, invite, show, change and delete users',
  add,
  invite,
  list,
  show,
  disable,
  enable,
  remove,
  password,
  resetLink,
  factors,
  roles,
  email,
)
