import { isCountersignError, type CountersignError } from '@countersign/token'
import { toIsoText, type Seconds } from '@countersign/token/internal'
import { styleText } from 'node:util'
import { certificateAdviceFor } from './certificate-advice.ts'
import { exitCodeOf } from './exit-codes.ts'

// All printing is done here. Results go to standard output, everything else to standard error; a failure is a message that says what to
// do, never a stack trace; colour only at a terminal (styleText checks that). Text that callers sent, such as a User-Agent, must not
// control the terminal: an unprintable character is shown as a dot, and in JSON as an escape, which a parser reads as the same text.

/** Characters that JSON allows unescaped and a terminal obeys: C1 control characters, line separators, bidirectional overrides. */
const controls = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

function escaped(text: string): string {
  return text.replaceAll(
    controls,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Prints a line of a result. */
export function print(line = ''): void {
  process.stdout.write(`${escaped(line)}\n`)
}

/** Prints a result for programs, as one JSON document. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** Prints a list for programs, as one JSON document with one item a line; the list is not held in memory. */
export async function printJsonList(items: AsyncIterable<unknown>): Promise<void> {
  let before = '['
  for await (const item of items) {
    print(`${before}${JSON.stringify(item)}`)
    before = ','
  }
  print(before === '[' ? '[]' : ']')
}

/** Prints one thing, one field a line. */
export function printFields(fields: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length))
  for (const [name, value] of fields) print(`  ${name.padEnd(width)}  ${printable(value)}`)
}

// oxlint-disable-next-line no-control-regex -- a colour begins with one
const unprintable = /(?!\u001b\[(?:[012]|22|3[1239])m)\p{C}/gu

/** Replaces characters that control a terminal; colours from `tone` stay. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, '\u00b7')
}

/** Returns whether a program reads the output: then standard error has nothing but a failure, as JSON. */
const forPrograms = () => process.argv.includes('--json')

/** Prints a line for people beside the result: standard output of a server is its log, and nothing else. */
export function printNotice(line = ''): void {
  warn(line)
}

/** Prints a warning beside the result. */
export function printWarning(text: string): void {
  if (!forPrograms()) warn(tone.warning(text))
}

function warn(text: string): void {
  process.stderr.write(`${escaped(text)}\n`)
}

/** Prints progress at a terminal; the next line overwrites it. */
export function printProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\r`)
}

/** Prints a remark at a terminal. */
export function printRemark(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`)
}

/** Colours for parts of a line. */
export const tone = {
  strong: (text: string) => styleText('bold', text),
  quiet: (text: string) => styleText('dim', text),
  good: (text: string) => styleText('green', text),
  warning: (text: string) => styleText('yellow', text),
  failure: (text: string) => styleText('red', text),
} as const

/** A number of things with their noun: `1 session`, `no sessions`, `2 entries`. */
export function pluralize(things: readonly unknown[] | number, noun: string): string {
  const count = typeof things === 'number' ? things : things.length
  const plural = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${count || 'no'} ${count === 1 ? noun : plural}`
}

/** Splits a list at its commas. */
export function listOf(text: string): readonly string[] {
  return text.split(',').filter((one) => one !== '')
}

/** Formats a time to the minute: `2026-11-24 07:30 UTC`. */
export function dateOf(time: Seconds): string {
  return `${toIsoText(time).slice(0, -':00.000Z'.length).replace('T', ' ')} UTC`
}

/** Formats a time to the second, to be compared with a log: `2026-11-24 07:30:12 UTC`. */
export function dateTimeOf(time: Seconds): string {
  return `${toIsoText(time).slice(0, -'.000Z'.length).replace('T', ' ')} UTC`
}

/** Prints a failure, in JSON with `--json`, and sets the exit code. An internal error is printed with its stack. */
export function printFailure(error: unknown): void {
  process.exitCode = exitCodeOf(error)
  if (isCountersignError(error) && error.code === 'interrupted') return // the person at the terminal did it
  if (!isCountersignError(error)) {
    warn(error instanceof Error ? String(error.stack) : String(error))
  } else if (forPrograms()) {
    const { code, message } = error
    warn(JSON.stringify({ code, message, reason: reasonOf(error) }))
  } else {
    const reason = reasonOf(error)
    const because = reason === undefined ? '' : `\n  ${tone.quiet(reason)}`
    warn(`${tone.failure('error')} ${error.message} (${error.code})${because}`)
  }
}

/** Prints a usage error, in JSON with `--json`. */
export function printUsageError(lines: readonly string[]): void {
  if (lines.length === 0) return
  if (forPrograms()) warn(JSON.stringify({ code: 'argument_invalid', message: lines.join(' ') }))
  else warn(`error: ${lines.join('\n')}\n(run with --help for usage)`)
}

/** The reason beneath a failure: the error of the platform, or why the keys of an issuer could not be fetched. */
function reasonOf({ cause, facts }: CountersignError): string | undefined {
  if (cause instanceof Error) return cause.message
  const { address, problem } = facts
  if (typeof address !== 'string' || typeof problem !== 'string') return undefined
  const advice = certificateAdviceFor(problem)
  return `${address}: ${problem}${advice === undefined ? '' : `; ${advice}`}`
}
