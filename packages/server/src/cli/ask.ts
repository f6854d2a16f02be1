import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { fail } from '../failures.ts'

/** The option of every command that asks before it takes something away. */
export const yes = ['--yes', 'Ask nothing.'] as const

/**
 * Goes on when somebody at a terminal types yes after what will be lost, or has said so before with `--yes`; `given` is the value of that
 * option. Fails with `confirmation_missing`, and `interrupted`.
 */
export async function confirm(given: string, loss: string): Promise<void> {
  if (given === 'true') return
  if (!process.stdin.isTTY)
    throw fail('confirmation_missing', { detail: `${loss}; if that is wanted, add --yes` })
  if ((await ask(`${loss}.\nType yes: `)).trim() !== 'yes') throw fail('confirmation_missing')
}

/**
 * Asks at the terminal, and answers the line that is typed; what is `hidden` is not shown. Ctrl+D answers nothing. Fails with `interrupted`
 * at Ctrl+C.
 */
export async function ask(question: string, { hidden = false } = {}): Promise<string> {
  const { stdin: input, stderr } = process
  const output = hidden ? nowhere() : stderr
  const line = createInterface({ input, output, terminal: hidden || stderr.isTTY })
  if (hidden) stderr.write(question) // only now, for until then the terminal itself shows what is typed
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

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
