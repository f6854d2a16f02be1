import { commandLine } from '../../domain/audit-log/event.ts'
import type { UserTables } from '../../domain/users/users.ts'
import { isAdministrator } from '../../domain/users/role.ts'
import { deleteUser } from '../../domain/administration/delete-user.ts'
import { disableUser, enableUser } from '../../domain/administration/disable-user.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { setEmail } from '../../domain/administration/set-email.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import type { User } from '../../domain/users/user.ts'
import { confirm, yes } from '../ask.ts'
import { settingsCommand } from '../command.ts'
import { counted, listOf, print, printWarning } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

/** Locks a user out. */
export const disable = settingsCommand({
  usage: 'disable <name>',
  summary: 'Keep a user from signing in, and end all their sessions',
  options: [yes],
  mode: 'production',
  examples: ['countersign user disable ada', 'countersign user disable ada --yes'],
  run: (config, name = '', sure = '') =>
    withRuntime(config, async (runtime) => {
      const user = await findUser(runtime, name)
      await confirm(sure, `All sessions of ${user.name} end, and none begins until \`user enable\``)
      const ended = await disableUser(runtime, user.id, commandLine)
      print(`Disabled ${user.name}; ended ${counted(ended, 'session')}`)
      await warnIfLast(runtime, user)
    }),
})

/** Lets a user in again. */
export const enable = settingsCommand({
  usage: 'enable <name>',
  summary: 'Let a user who was disabled sign in again',
  mode: 'production',
  examples: ['countersign user enable ada'],
  run: (config, name = '') =>
    withRuntime(config, async (runtime) => {
      const { id, name: shown } = await findUser(runtime, name)
      await enableUser(runtime, id, commandLine)
      print(`Enabled ${shown}`)
    }),
})

/** Deletes a user, once somebody has confirmed it. */
export const remove = settingsCommand({
  usage: 'delete <name>',
  summary: 'Delete a user and all their sessions; there is no way back',
  options: [yes],
  mode: 'production',
  examples: ['countersign user delete ada', 'countersign user delete ada --yes'],
  run: (config, name = '', sure = '') =>
    withRuntime(config, async (runtime) => {
      const user = await findUser(runtime, name)
      await confirm(
        sure,
        `${user.name} and all their sessions are deleted, and nothing brings them back`,
      )
      const ended = await deleteUser(runtime, user.id, commandLine)
      print(`Deleted ${user.name}; ended ${counted(ended, 'session')}`)
      await warnIfLast(runtime, user)
    }),
})

/** Replaces what access tokens say in `roles`. */
export const roles = settingsCommand({
  usage: 'set-roles <name> [roles...]',
  summary: 'Give a user these roles and no others; they count from the next refresh on',
  mode: 'production',
  examples: [
    'countersign user set-roles ada admin billing',
    'countersign user set-roles ada    # none any more',
  ],
  run: (config, name = '', given = '') =>
    withRuntime(config, async (runtime) => {
      const user = await findUser(runtime, name)
      const wanted = listOf(given)
      await setRoles(runtime, user.id, wanted, commandLine)
      const told = wanted.length === 0 ? 'no roles' : `the roles ${wanted.join(', ')}`
      print(`${user.name} has ${told}`)
      await warnIfLast(runtime, user)
    }),
})

/** Replaces the e-mail address. */
export const email = settingsCommand({
  usage: 'set-email <name> [address]',
  summary: 'Give a user another e-mail address, or none',
  mode: 'production',
  examples: [
    'countersign user set-email ada ada@example.com',
    'countersign user set-email ada    # none any more',
  ],
  run: (config, name = '', address = '') =>
    withRuntime(config, async (runtime) => {
      const { id, name: shown } = await findUser(runtime, name)
      await setEmail(runtime, id, address || null, commandLine)
      print(`${shown} has ${address === '' ? 'no e-mail address' : `the address ${address}`}`)
    }),
})

/** Over HTTP the last administrator stays one; whoever works here may be about to make another, and is told. */
async function warnIfLast({ store }: { readonly store: UserTables }, was: User): Promise<void> {
  if (isAdministrator(was) && !(await store.users.hasAdministrator('')))
    printWarning('Nobody is an administrator any more; `countersign user set-roles` makes one.')
}
