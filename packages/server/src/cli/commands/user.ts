import { Command } from 'commander'
import { text } from 'node:stream/consumers'
import { closeRuntime, openRuntime } from '../../compose.ts'
import { registerUser } from '../../domain/users/register-user.ts'
import { Secret } from '../../domain/secret.ts'
import { settingsCommand } from '../command.ts'
import { readPassword } from '../read-password.ts'
import { print } from '../terminal.ts'

const add = settingsCommand({
  usage: 'add <name>',
  summary: 'Make a user; the password is asked for, or read from standard input',
  mode: 'production',
  examples: ['countersign user add ada', 'pass show ada | countersign user add ada'],
  async run(config, name = '') {
    const password = process.stdin.isTTY ? await readPassword('Password: ') : await piped()
    const runtime = await openRuntime(config)
    try {
      const user = await registerUser(runtime, name, password)
      print(`Made the user ${user.name} (${user.id})`)
    } finally {
      await closeRuntime(runtime)
    }
  },
})

/** Users, from the command line. */
export const user = new Command('user').description('Make users').addCommand(add)

async function piped(): Promise<Secret> {
  return new Secret((await text(process.stdin)).replace(/\r?\n$/, ''))
}
