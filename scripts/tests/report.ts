// The output of a run of tests: a line for each file while it runs, then the failures, then the summary in the format of Node's own runner.
import { styleText } from 'node:util'

const kinds = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const

/** The counts of a run, by the names that Node's runner gives them. */
export type Counts = Readonly<Record<(typeof kinds)[number], number>>

/** Counts of nothing. */
export const noCounts: Counts = {
  tests: 0,
  suites: 0,
  pass: 0,
  fail: 0,
  cancelled: 0,
  skipped: 0,
  todo: 0,
}

/** A test that failed. */
export interface Failure {
  /** The names of its suites and its own, outermost first. */
  readonly path: readonly string[]
  /** `file:line:column`. */
  readonly location: string
  /** The error as text, with its stack. */
  readonly error: string
}

/** The result of the tests of one file. */
export interface FileResult {
  readonly file: string
  readonly milliseconds: number
  /** Processor time of its process and of the processes that this has started and that have ended. The first file of a process has loaded the modules. */
  readonly cpuMilliseconds: number
  readonly counts: Counts
  readonly failures: readonly Failure[]
}

/** Returns the line for a file: result, path, number of tests and time. */
export function fileLine({ file, counts, failures, milliseconds }: FileResult): string {
  const mark = failures.length === 0 ? styleText('green', '✔') : styleText('red', '✖')
  const notes = (['fail', 'cancelled', 'skipped'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `, ${counts[kind]} ${kind}`)
  const seconds = (milliseconds / 1000).toFixed(1)
  return `${mark} ${file} (${counts.tests} tests${notes.join('')}, ${seconds} s)`
}

/** Returns every failure of a job, with its location and error, and what the process of the job printed; empty when there is none. */
export function failureText(results: readonly FileResult[], output: string): string {
  const blocks = results.flatMap(({ failures }) =>
    failures.map(
      ({ path, location, error }) =>
        `${styleText('red', `✖ ${path.join(' > ')}`)}\n  at ${location}\n  ${indented(error)}\n`,
    ),
  )
  if (blocks.length > 0 && output !== '')
    blocks.push(`  Its process printed:\n  ${indented(tail(output))}\n`)
  return blocks.join('\n')
}

/** Returns the last lines of a run in the format of Node's runner, which tools parse. */
export function summary(results: readonly FileResult[], milliseconds: number): string {
  const total = (kind: keyof Counts) => results.reduce((sum, { counts }) => sum + counts[kind], 0)
  const lines = kinds.map((kind) => `ℹ ${kind} ${total(kind)}`)
  return [...lines, `ℹ duration_ms ${milliseconds}`].join('\n')
}

/** Returns the 40 files that took the most processor time, with their processor seconds; `machine` are the milliseconds of the machine, PostgreSQL, browsers and everything else included. */
export function costliestFiles(results: readonly FileResult[], machine: number): string {
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1).padStart(7)
  const lines = results
    .toSorted((a, b) => b.cpuMilliseconds - a.cpuMilliseconds)
    .slice(0, 40)
    .map(({ file, cpuMilliseconds }) => `${seconds(cpuMilliseconds)} s  ${file}`)
  const files = results.reduce((sum, { cpuMilliseconds }) => sum + cpuMilliseconds, 0)
  const totals = [
    `${seconds(files)} s  all files`,
    `${seconds(machine)} s  the whole machine meanwhile`,
  ]
  return ['processor time:', ...lines, ...totals].join('\n')
}

const maxOutput = 4000 // characters of the output: the cause is usually at the end

function tail(text: string): string {
  const end = text.trimEnd()
  return end.length > maxOutput ? `…${end.slice(-maxOutput)}` : end
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n  ')
}
