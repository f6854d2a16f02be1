import { text } from 'node:stream/consumers'
import { fail } from '../failures.ts'
import { ask } from './ask.ts'
import { printWarning } from './terminal.ts'

/**
 * A token as somebody hands it over: on standard input, or in answer to a question. One that is an argument is taken too, with a
 * warning: what has been typed cannot be untyped. The word Bearer before it is left out.
 */
export async function readToken(argument: string): Promise<string> {
  const asked = argument === '' || argument === '-'
  const given = asked ? await readInput() : argument
  if (!asked)
    printWarning(
      'A token on the command line is seen by every program of this machine, and kept by the shell. Give it on standard input.',
    )
  const token = given.trim().replace(/^Bearer\s+/i, '')
  if (token !== '') return token
  throw fail('argument_invalid', { detail: 'give a token on standard input' })
}

async function readInput(): Promise<string> {
  return process.stdin.isTTY ? ask('Token: ') : text(process.stdin)
}
