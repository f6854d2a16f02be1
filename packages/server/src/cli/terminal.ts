import { isCountersignError, type Seconds } from '@countersign/token'
import { styleText } from 'node:util'

// All printing is done here. Results go to standard output, everything else to standard error; a failure is one sentence
// that says what to do, never a stack trace; colour only where a person looks (styleText checks that).

/** Prints a line of a result. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
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
  warning: (text: string) => styleText('yellow', text),
} as const

/** Things counted, with their name: `1 session`, `no sessions`. */
export function counted(things: readonly unknown[], name: string): string {
  return `${things.length || 'no'} ${name}${things.length === 1 ? '' : 's'}`
}

/** What was given with commas between. */
export function listOf(text: string): readonly string[] {
  return text.split(',').filter((one) => one !== '')
}

const day = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'UTC',
  dateStyle: 'short',
  timeStyle: 'short',
})

/** A time of day, the same for every reader: `2026-11-24 07:30 UTC`. */
export function dateOf(time: Seconds): string {
  return `${day.format(time * 1000)} UTC`
}

/** Prints a failure and sets the exit code: 1 for one of ours, 70 (EX_SOFTWARE) for a bug, which shows its stack. */
export function printFailure(error: unknown): void {
  if (isCountersignError(error)) {
    const because =
      error.cause instanceof Error ? `\n  ${styleText('dim', error.cause.message)}` : ''
    process.stderr.write(
      `${styleText('red', 'error')} ${error.message} (${error.code})${because}\n`,
    )
    process.exitCode = 1
  } else {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 70
  }
}
