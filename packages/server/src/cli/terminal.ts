import { isCountersignError } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { styleText } from 'node:util'
import { exitCodeOf } from './exit-codes.ts'
import { reasonOf } from './reason.ts'

// All printing is done here. Results go to standard output, everything else to standard error; a failure is one sentence
// that says what to do, never a stack trace; colour only where a person looks (styleText checks that). What callers have
// written, such as a User-Agent, must not steer the terminal: whatever is no printable character is shown as a dot. In JSON it is written as an
// escape, which is the same to whoever parses it.

/** What JSON may hold as it is, and a terminal obeys: the second half of the control characters, other line ends, turns of the writing direction. */
const steering = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

function escaped(text: string): string {
  return text.replaceAll(
    steering,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Prints a line of a result. */
export function print(line = ''): void {
  process.stdout.write(`${escaped(line)}\n`)
}

/** Prints a result for programs: one JSON document. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** Prints a list for programs: one JSON document, an item a line, however many there are. */
export async function printJsonList(items: AsyncIterable<unknown>): Promise<void> {
  let before = '['
  for await (const item of items) {
    print(`${before}${JSON.stringify(item)}`)
    before = ','
  }
  print(before === '[' ? '[]' : ']')
}

/** Prints one thing, a field a line. */
export function printFields(fields: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length))
  for (const [name, value] of fields) print(`  ${name.padEnd(width)}  ${harmless(value)}`)
}

// oxlint-disable-next-line no-control-regex -- what begins a colour is one
const strange = /(?!\u001b\[(?:[012]|22|3[1239])m)\p{C}/gu

/** Text that cannot steer a terminal; the colours that we gave it stay. */
export function harmless(text: string): string {
  return text.replaceAll(strange, '\u00b7')
}

/** Whether a program reads what is printed: then standard error is for a failure alone, as JSON. */
const forPrograms = () => process.argv.includes('--json')

/** Warns a person of something beside the result. */
export function printWarning(text: string): void {
  if (!forPrograms()) warn(tone.warning(text))
}

function warn(text: string): void {
  process.stderr.write(`${escaped(text)}\n`)
}

/** Says how far something is, where a person looks; the next thing said takes its place. */
export function printProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\r`)
}

/** Says something in passing, where a person looks. */
export function printRemark(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`)
}

/** A heading, a remark and a warning, for lines that are put together by a command. */
export const tone = {
  strong: (text: string) => styleText('bold', text),
  quiet: (text: string) => styleText('dim', text),
  good: (text: string) => styleText('green', text),
  warning: (text: string) => styleText('yellow', text),
  failure: (text: string) => styleText('red', text),
} as const

/** Things counted, with their name: `1 session`, `no sessions`, `2 entries`. */
export function counted(things: readonly unknown[] | number, name: string): string {
  const count = typeof things === 'number' ? things : things.length
  const many = name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`
  return `${count || 'no'} ${count === 1 ? name : many}`
}

/** What was given with commas between. */
export function listOf(text: string): readonly string[] {
  return text.split(',').filter((one) => one !== '')
}

const format = { timeZone: 'UTC', dateStyle: 'short' } as const
const toMinutes = new Intl.DateTimeFormat('sv-SE', { ...format, timeStyle: 'short' })
const toSeconds = new Intl.DateTimeFormat('sv-SE', { ...format, timeStyle: 'medium' })

/** A time of day, the same for every reader: `2026-11-24 07:30 UTC`. */
export function dateOf(time: Seconds): string {
  return `${toMinutes.format(time * 1000)} UTC`
}

/** The same to the second, for what is read beside a log: `2026-11-24 07:30:12 UTC`. */
export function momentOf(time: Seconds): string {
  return `${toSeconds.format(time * 1000)} UTC`
}

/** Prints a failure and sets the exit code. A fault of ours shows its stack; where JSON was asked for, so is this. */
export function printFailure(error: unknown): void {
  process.exitCode = exitCodeOf(error)
  if (isCountersignError(error) && error.code === 'interrupted') return // whoever did it knows
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

/** Prints what is wrong with how a command was written; where JSON was asked for, so is this. */
export function printUsage(lines: readonly string[]): void {
  if (lines.length === 0) return
  if (forPrograms()) warn(JSON.stringify({ code: 'argument_invalid', message: lines.join(' ') }))
  else warn(`error: ${lines.join('\n')}\n(add --help for what can be said)`)
}
