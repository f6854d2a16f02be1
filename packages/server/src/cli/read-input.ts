import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { passwordAdvice, type PasswordRules } from '../domain/passwords/password.ts'
import { Secret } from '../domain/kernel/secret.ts'
import { fail } from '../failures.ts'
import { prompt } from './prompt.ts'
import { printRemark, printWarning } from './terminal.ts'

// The input of commands beside their arguments: files, passwords and tokens. Secrets come from standard input or a question.

/** Reads the text of a file that an argument names. Fails with `argument_invalid`. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'a file that it names cannot be read', cause })
  }
}

/**
 * Reads a token from standard input, or asks for it. One given as an argument is accepted with a warning, because it is already in the
 * process list and in the shell's history. A leading `Bearer` is dropped.
 */
export async function readToken(argument = '-'): Promise<string> {
  if (argument !== '-')
    printWarning(
      'A token on the command line is visible to every program on this machine and stays in the shell history. Give it on standard input.',
    )
  const given = argument === '-' ? await readTokenInput() : argument
  const token = given.trim().replace(/^Bearer\s+/i, '')
  if (token !== '') return token
  throw fail('argument_invalid', { detail: 'the token is missing; give it on standard input' })
}

async function readTokenInput(): Promise<string> {
  return process.stdin.isTTY ? prompt('Token: ') : text(process.stdin)
}

/**
 * Reads a new password. At a terminal it shows the rule and asks twice; otherwise standard input must be the password, as one line. Fails
 * with `argument_invalid` or `interrupted`.
 */
export async function readPassword(rules: Pick<PasswordRules, 'minLength'>): Promise<Secret> {
  const given = process.stdin.isTTY
    ? await promptTwice(rules)
    : singleLine(await text(process.stdin))
  if (given === '') throw fail('argument_invalid', { detail: 'the password is missing' })
  return new Secret(given)
}

async function promptTwice({ minLength }: Pick<PasswordRules, 'minLength'>): Promise<string> {
  printRemark(passwordAdvice(minLength))
  const given = await prompt('Password: ', { hidden: true })
  if (given === '' || given === (await prompt('Repeat password: ', { hidden: true }))) return given
  throw fail('argument_invalid', { detail: 'the two passwords differ' })
}

/** Drops the line break at the end. Another one inside would make a password that cannot be typed. */
function singleLine(input: string): string {
  const line = input.replace(/\r?\n$/, '')
  if (!/[\r\n]/.test(line)) return line
  throw fail('argument_invalid', {
    detail: 'the password must be one line; to use the first line only, add `| head -n 1`',
  })
}
