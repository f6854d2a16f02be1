import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { root } from '@countersign/testing/files'
import { serialize } from '@countersign/token/internal'
import { runProgram } from './program.ts'

// Runs `countersign` in the process of a test, without the half second that a process takes to start.

/** A call of `countersign`: its words, variables before it, its standard input, and where its standard output goes. */
interface CommandLine {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly input: { readonly text: string } | { readonly file: string }
  /** The commands of a shell that read the output, such as `grep -c ada`. */
  readonly filter?: string | undefined
  /** The file that the output is written to. */
  readonly into?: string | undefined
}

/** The output of a command, and its exit code. */
export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both outputs, in the order of writing. */
  readonly output: string
}

const word = /'[^']*'|"[^"$`\\]*"|[^\s'"|&;<>$`\\*?()#~{}[\]]+/

const form = new RegExp(
  [
    /^\s*(?:(?<print>echo|printf) (?<printed>'[^']*'|[\w .@-]+?) \| )?/,
    /(?<env>(?:[A-Z_]+=\S+ )*)countersign(?<words>(?: +(?:WORD))*)/,
    /(?: < (?<file>[\w./-]+))?(?: > (?<into>[\w.-]+)| \| (?<filter>(?!.*countersign).+))?\s*$/,
  ]
    .map(({ source }) => source.replace('WORD', () => word.source))
    .join(''),
)

/**
 * Parses a line that calls `countersign` once, with simple words, first and at most into a filter or a file; undefined for one that needs a shell,
 * and for servers.
 */
export function parseCommandLine(line: string): CommandLine | undefined {
  const {
    print,
    printed = '',
    env = '',
    words = '',
    file,
    into,
    filter,
  } = form.exec(line)?.groups ?? {}
  if (words === '' || /^ +(serve|dev)\b/.test(words) || /["'$`\\]/.test(env)) return undefined
  const text = unquoted(printed)
  const lines = print === 'printf' ? text.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : text
  return {
    words: (words.match(new RegExp(word.source, 'g')) ?? []).map(unquoted),
    env: Object.fromEntries(
      env.split(' ').flatMap((one) => (one === '' ? [] : [splitAtEquals(one)])),
    ),
    input: file === undefined ? { text: print === 'echo' ? `${lines}\n` : lines } : { file },
    into,
    filter,
  }
}

/**
 * Runs `countersign` with these words in the root folder of the repository, as `run` of `@countersign/testing/process` runs a process: with its
 * variables beside those of the test. Not for servers.
 */
export function countersignHere(
  words: readonly string[],
  { env = {}, input = '' }: { readonly env?: CommandLine['env']; readonly input?: string } = {},
): Promise<Printed> {
  const variables = Object.entries(process.env).filter(([, value]) => value !== undefined)
  const call = { words, env, input: { text: input } }
  return runInProcess(root, call, Object.fromEntries(variables) as CommandLine['env'])
}

/** Runs a call in a folder with these variables. One at a time. */
export const runInProcess = (
  folder: string,
  line: CommandLine,
  env: Readonly<Record<string, string>>,
): Promise<Printed> => oneAtATime(() => run(folder, line, { ...env, ...line.env }))

const oneAtATime = serialize((work: () => Promise<Printed>) => work())

async function run(
  folder: string,
  { words, input }: CommandLine,
  env: Readonly<Record<string, string>>,
): Promise<Printed> {
  const printed = { stdout: '', stderr: '', output: '' }
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        printed[name] += String(chunk)
        printed.output += String(chunk)
        done()
      },
    })
  const text = 'text' in input ? input.text : readFileSync(resolve(folder, input.file), 'utf8')
  const stdin = Readable.from([Buffer.from(text)])
  const streams = { stdin, stdout: stream('stdout'), stderr: stream('stderr') }
  const before = {
    cwd: process.cwd(),
    env: process.env,
    argv: process.argv,
    exitCode: process.exitCode,
    streams: Object.getOwnPropertyDescriptors(process),
  }
  for (const [name, value] of Object.entries(streams))
    Object.defineProperty(process, name, { value, configurable: true })
  process.chdir(folder)
  process.env = { ...env }
  process.argv = [...process.argv.slice(0, 2), ...words]
  process.exitCode = undefined
  try {
    await runProgram(words)
    return { code: Number(process.exitCode ?? 0), ...printed }
  } finally {
    process.chdir(before.cwd)
    process.env = before.env
    process.argv = before.argv
    process.exitCode = before.exitCode
    for (const name of Object.keys(streams) as (keyof typeof streams)[])
      Object.defineProperty(process, name, before.streams[name])
  }
}

function unquoted(text: string): string {
  return text.replace(/^(['"])(.*)\1$/s, '$2')
}

function splitAtEquals(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}
