import { commandLine } from '../../domain/audit-log/event.ts'
import { setPassword } from '../../domain/administration/set-password.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { addUser, type AddUserDeps } from '../../domain/registration/register-user.ts'
import { groupOf, settingsCommand } from '../command.ts'
import { readPassword } from '../read-password.ts'
import { counted, listOf, print } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'
import { disable, enable, remove, roles, email } from './user-change.ts'
import { invite } from './user-invite.ts'
import { list, show } from './user-list.ts'

const add = settingsCommand({
  usage: 'add <name>',
  summary: 'Make a user; the password is asked for, or is the one line on standard input',
  options: [
    ['--email <ADDRESS>', 'Their e-mail address.'],
    ['--roles <LIST>', 'Their roles, with commas between; admin makes an administrator.'],
  ],
  mode: 'production',
  examples: [
    'countersign user add ada',
    'pass show ada | head -n 1 | countersign user add ada --email ada@example.com --roles admin,billing',
  ],
  async run(config, name = '', address = '', given = '') {
    const password = await readPassword(config.passwords)
    const make = async (runtime: AddUserDeps) => {
      const extras = { email: address || undefined, roles: listOf(given), by: commandLine }
      const user = await addUser(runtime, name, password, extras)
      print(`Made the user ${user.name} (${user.id})`)
    }
    await withRuntime(config, make, { create: true }) // the first user may come before the first server
  },
})

const password = settingsCommand({
  usage: 'set-password <name>',
  summary:
    'Give a user another password, asked for or the one line on standard input, and end all their sessions',
  mode: 'production',
  examples: [
    'countersign user set-password ada',
    'pass show ada | head -n 1 | countersign user set-password ada',
  ],
  run: (config, name = '') =>
    withRuntime(config, async (runtime) => {
      const { id, name: shown } = await findUser(runtime, name)
      const next = await readPassword(config.passwords)
      const ended = await setPassword(runtime, id, next, commandLine)
      print(`Set the password of ${shown}; ended ${counted(ended, 'session')}`)
    }),
})

/** Users, from the command line. */
export const user = groupOf(
  'user',
  'Make, show, change and delete users',
  add,
  invite,
  list,
  show,
  disable,
  enable,
  remove,
  password,
  roles,
  email,
)
