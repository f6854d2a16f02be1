import { text } from 'node:stream/consumers'
import { passwordAdvice, type PasswordRules } from '../domain/passwords/password.ts'
import { Secret } from '../domain/kernel/secret.ts'
import { fail } from '../failures.ts'
import { ask } from './ask.ts'
import { printRemark } from './terminal.ts'

/**
 * A new password: asked for twice at a terminal, after the rule; elsewhere, standard input is the password, one line. Fails with
 * `argument_invalid`, and `interrupted`.
 */
export async function readPassword(rules: Pick<PasswordRules, 'minLength'>): Promise<Secret> {
  const given = process.stdin.isTTY ? await askTwice(rules) : lineOf(await text(process.stdin))
  if (given === '') throw fail('argument_invalid', { detail: 'no password came' })
  return new Secret(given)
}

async function askTwice({ minLength }: Pick<PasswordRules, 'minLength'>): Promise<string> {
  printRemark(passwordAdvice(minLength))
  const given = await ask('Password: ', { hidden: true })
  if (given === '' || given === (await ask('The same again: ', { hidden: true }))) return given
  throw fail('argument_invalid', { detail: 'two different passwords were typed' })
}

/** What came, without the line break at its end. With another one in it, it would be a password that nobody can type. */
function lineOf(came: string): string {
  const line = came.replace(/\r?\n$/, '')
  if (!/[\r\n]/.test(line)) return line
  throw fail('argument_invalid', {
    detail: 'the password must be one line; pass the first alone on with `| head -n 1`',
  })
}
