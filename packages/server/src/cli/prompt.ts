import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { fail } from '../failures.ts'

/**
 * Returns once the loss of something is confirmed: by the option `--yes`, or by typing yes at a terminal. Fails with
 * `confirmation_missing` or `interrupted`.
 */
export async function confirm(confirmed: boolean, loss: string): Promise<void> {
  if (confirmed) return
  if (!process.stdin.isTTY)
    throw fail('confirmation_missing', { detail: `${loss}. Add --yes to proceed` })
  if ((await prompt(`${loss}.\nType yes: `)).trim() !== 'yes') throw fail('confirmation_missing')
}

/**
 * Asks a question at the terminal and returns the line that is typed; a `hidden` one is not shown. Ctrl+D returns empty text. Fails with
 * `interrupted` at Ctrl+C.
 */
export async function prompt(question: string, { hidden = false } = {}): Promise<string> {
  const { stdin: input, stderr } = process
  const output = hidden ? discard() : stderr
  const line = createInterface({ input, output, terminal: hidden || stderr.isTTY })
  if (hidden) stderr.write(question) // not before: until then the terminal itself shows what is typed
  try {
    return await new Promise<string>((resolve, reject) => {
      line.once('SIGINT', () => reject(fail('interrupted')))
      line.once('close', () => resolve(''))
      line.question(hidden ? '' : question, resolve)
    })
  } finally {
    line.close()
    if (hidden) stderr.write('\n')
  }
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
