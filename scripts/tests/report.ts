// The output of a run of tests: a line a file while it runs, then the failures, then the summary in the format of Node's own runner.
import { join, relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect, styleText } from 'node:util'

const kinds = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const

/** The counts of a run, by the names that Node's runner gives them. */
export type Counts = Readonly<Record<(typeof kinds)[number], number>>

/** A test that failed. */
export interface Failure {
  /** The names of its suites and its own, outermost first. */
  readonly path: readonly string[]
  /** `file:line:column`. */
  readonly location: string
  readonly error: unknown
}

/** The result of the tests of one file. */
export interface FileResult {
  readonly file: string
  readonly milliseconds: number
  readonly success: boolean
  readonly counts: Counts
  readonly failures: readonly Failure[]
  /** The output of the file. */
  readonly output: string
}

/** Reads the events of a run of one file. A file that dies before its tests end is a failure of its own. */
export async function collect(
  root: string,
  file: string,
  events: AsyncIterable<TestEvent>,
): Promise<FileResult> {
  const failures: Failure[] = []
  const open: string[] = [] // the running tests, by depth
  let output = ''
  let result = { milliseconds: 0, success: false, counts: countsOf({}) }
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') output += data.message
    else if (type === 'test:diagnostic' && data.file !== undefined) output += `${data.message}\n`
    else if (type === 'test:start') open.splice(data.nesting, Infinity, data.name)
    else if (type === 'test:fail' && data.todo === undefined && !isParent(data.details.error)) {
      const dead = data.name === join(root, file)
      const path = [...open.slice(0, data.nesting), dead ? 'the file itself' : data.name]
      const location = `${relative(root, data.file ?? file)}:${data.line ?? 1}:${data.column ?? 1}`
      failures.push({ path, location, error: causeOf(data.details.error) })
    } else if (type === 'test:summary' && data.file === undefined)
      result = {
        milliseconds: data.duration_ms,
        success: data.success,
        counts: countsOf(data.counts as unknown as Readonly<Record<string, number>>),
      }
  }
  return { file, ...result, failures, output }
}

/** Returns the line for a file: result, path, number of tests and time. */
export function fileLine({ file, success, counts, milliseconds }: FileResult): string {
  const mark = success ? styleText('green', '✔') : styleText('red', '✖')
  const notes = (['fail', 'cancelled', 'skipped'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `, ${counts[kind]} ${kind}`)
  const seconds = (milliseconds / 1000).toFixed(1)
  return `${mark} ${file} (${counts.tests} tests${notes.join('')}, ${seconds} s)`
}

/** Returns every failure of a run with its location, its error and the output of its file; empty when there is none. */
export function failureText(results: readonly FileResult[]): string {
  const failed = results.filter(({ success }) => !success)
  const blocks = failed.flatMap(({ file, failures, output }) => [
    ...failures.map(({ path, location, error }) => {
      const name = styleText('red', `✖ ${path.join(' > ')}`)
      const text = typeof error === 'string' ? error : inspect(error, { colors: false })
      return `${name}\n  at ${location}\n  ${text.replaceAll('\n', '\n  ')}\n`
    }),
    ...(failures.length === 0 ? [`${styleText('red', '✖')} ${file} failed without a test\n`] : []),
    ...(output === '' ? [] : [`  ${file} printed:\n  ${tail(output).replaceAll('\n', '\n  ')}\n`]),
  ])
  return blocks.length === 0
    ? ''
    : `\n${styleText('red', 'failing tests:')}\n\n${blocks.join('\n')}`
}

/** Returns the last lines of a run in the format of Node's runner, which tools parse. */
export function summary(results: readonly FileResult[], milliseconds: number): string {
  const total = (kind: keyof Counts) => results.reduce((sum, { counts }) => sum + counts[kind], 0)
  return [...kinds.map((kind) => `ℹ ${kind} ${total(kind)}`), `ℹ duration_ms ${milliseconds}`].join(
    '\n',
  )
}

const maxOutput = 4000 // characters of a failed file's output: the cause is usually at the end

function tail(text: string): string {
  const end = text.trimEnd()
  return end.length > maxOutput ? `…${end.slice(-maxOutput)}` : end
}

/** Reports whether an error only repeats that a subtest failed. */
function isParent(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}

function causeOf(error: Error): unknown {
  if (!('exitCode' in error) || error.cause !== 'test failed') return error.cause ?? error
  const signal = 'signal' in error && error.signal ? ` by ${String(error.signal)}` : ''
  return `the process of the file ended with code ${String(error.exitCode)}${signal} before its tests did`
}

function countsOf(counts: Readonly<Record<string, number>>): Counts {
  const {
    tests = 0,
    suites = 0,
    passed = 0,
    failed = 0,
    cancelled = 0,
    skipped = 0,
    todo = 0,
  } = counts
  return { tests, suites, pass: passed, fail: failed, cancelled, skipped, todo }
}
