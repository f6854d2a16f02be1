import { commandLine } from '../../domain/audit-log/event.ts'
import { isAdministrator } from '../../domain/users/role.ts'
import { deleteUser } from '../../domain/administration/delete-user.ts'
import { disableUser, enableUser } from '../../domain/administration/disable-user.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { setEmail } from '../../domain/administration/set-email.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import type { User } from '../../domain/users/user.ts'
import { settingsCommand, yes } from '../command.ts'
import { confirm } from '../prompt.ts'
import { listOf, pluralize, print, printWarning } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

/** Disables a user. */
export const disable = settingsCommand({
  usage: 'disable <name>',
  summary: 'Disable a user: they cannot sign in, and all their sessions end',
  options: [yes],
  mode: 'production',
  examples: ['countersign user disable ada', 'countersign user disable ada --yes'],
  run: (config, { name, yes: confirmed }) =>
    withRuntime(config, async (runtime) => {
      const user = await findUser(runtime, name)
      await confirm(confirmed, `This signs ${user.name} out everywhere, until \`user enable\``)
      const ended = await disableUser(runtime, user.id, commandLine)
      print(`Disabled ${user.name}; ended ${pluralize(ended, 'session')}`)
      await warnIfLast(runtime, user)
    }),
})

/** Enables a disabled user. */
export const enable = settingsCommand({
  usage: 'enable <name>',
  summary: 'Enable a disabled user: they can sign in again',
  mode: 'production',
  examples: ['countersign user enable ada'],
  run: (config, { name }) =>
    withRuntime(config, async (runtime) => {
      const { id, name: shown } = await findUser(runtime, name)
      await enableUser(runtime, id, commandLine)
      print(`Enabled ${shown}`)
    }),
})

/** Deletes a user, after confirmation. */
export const remove = settingsCommand({
  usage: 'delete <name>',
  summary: 'Delete a user and all their sessions; this cannot be undone',
  options: [yes],
  mode: 'production',
  examples: ['countersign user delete ada', 'countersign user delete ada --yes'],
  run: (config, { name, yes: confirmed }) =>
    withRuntime(config, async (runtime) => {
      const user = await findUser(runtime, name)
      await confirm(
        confirmed,
        `This deletes ${user.name} and all their sessions, and cannot be undone`,
      )
      const ended = await deleteUser(runtime, user.id, commandLine)
      print(`Deleted ${user.name}; ended ${pluralize(ended, 'session')}`)
      await warnIfLast(runtime, user)
    }),
})

/** Replaces the roles of a user, which access tokens carry in `roles`. */
export const roles = settingsCommand({
  usage: 'set-roles <name> [roles...]',
  summary: 'Replace the roles of a user, at once: access tokens with the old ones are refused',
  options: [['--gently', 'Let access tokens with the old roles expire instead.']],
  mode: 'production',
  examples: [
    'countersign user set-roles ada admin billing',
    'countersign user set-roles ada    # removes all roles',
    'countersign user set-roles ada billing --gently',
  ],
  run: (config, { name, roles: given, gently }) =>
    withRuntime(config, async (runtime) => {
      const user = await findUser(runtime, name)
      const next = given.flatMap(listOf)
      await setRoles(runtime, user.id, next, commandLine, { gently: gently === true })
      const described = next.length === 0 ? 'no roles' : `the roles ${next.join(', ')}`
      print(`${user.name} has ${described}`)
      await warnIfLast(runtime, user)
    }),
})

/** Replaces or removes the e-mail address of a user. */
export const email = settingsCommand({
  usage: 'set-email <name> [address]',
  summary: 'Set the e-mail address of a user, or remove it',
  mode: 'production',
  examples: [
    'countersign user set-email ada ada@example.com',
    'countersign user set-email ada    # removes it',
  ],
  run: (config, { name, address = null }) =>
    withRuntime(config, async (runtime) => {
      const { id, name: shown } = await findUser(runtime, name)
      await setEmail(runtime, id, address, commandLine)
      print(`${shown} has ${address === null ? 'no e-mail address' : `the address ${address}`}`)
    }),
})

/** Warns if no administrator is left. HTTP refuses to remove the last one; on the command line another may be added next. */
async function warnIfLast({ store }: Pick<CommandRuntime, 'store'>, was: User): Promise<void> {
  if (isAdministrator(was) && !(await store.users.hasAdministrator('')))
    printWarning('No administrator is left; add one with `countersign user set-roles`.')
}
