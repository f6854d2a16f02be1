import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { compileCache, type Shell } from './transcript.fixture.ts'

/** True if there are terminals here; elsewhere `script` takes its words in another order. */
export const terminals = existsSync('/usr/bin/script') && process.platform === 'linux'

/** The key that makes a shell forget the line that is typed so far. */
export const killLine = '\x15'

/** A shell at a terminal. */
export interface Terminal extends AsyncDisposable {
  /** Types, and waits until what is shown from then on has that in it; answers what is shown. */
  shows(keys: string, expected: RegExp): Promise<string>
}

/** Opens a terminal with an interactive shell in it, in the folder of another one. */
export function openTerminal(
  { folder }: Shell,
  command: string,
  env: Readonly<Record<string, string>> = {},
): Terminal {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: {
      PATH: `${folder}:${process.env['PATH']}`,
      HOME: folder,
      TERM: 'dumb',
      ...compileCache,
      ...env,
    },
  })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text))
  return {
    async shows(keys, expected) {
      shown = ''
      child.stdin.write(keys)
      for (const from = Date.now(); !expected.test(shown); await setTimeout(10))
        assert.ok(Date.now() - from < 60_000, `${expected} is not shown: ${JSON.stringify(shown)}`)
      return shown
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close')
      child.stdin.end(`${killLine}exit\n`)
      const stuck = AbortSignal.timeout(5_000) // at a question, where a test has failed
      stuck.addEventListener('abort', () => child.kill('SIGKILL'))
      await ended
    },
  }
}
