import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Secret } from '../domain/secret.ts'

/** Asks for a password at the terminal without showing what is typed; elsewhere, standard input is the password. */
export async function readPassword(question: string): Promise<Secret> {
  if (!process.stdin.isTTY) return new Secret((await text(process.stdin)).replace(/\r?\n$/, ''))
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  process.stderr.write(question) // only now, for until then the terminal itself shows what is typed
  try {
    return new Secret(await line.question(''))
  } finally {
    line.close()
    process.stderr.write('\n')
  }
}
