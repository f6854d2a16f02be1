// node scripts/tests/run-files.ts ROOT FILE...: runs test files one after the other in this process, and sends its parent each result.
// To load the modules that they share once costs a third of what a process for each file costs.
import { cpuTimeWithChildren } from '@countersign/testing/cpu-time'
import asyncHooks from 'node:async_hooks'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import { noCounts, type Counts, type Failure, type FileResult } from './report.ts'

/** The messages of this program: the test that runs, `undefined` when none does, and the result of each file. */
export type Message = { readonly running: string | undefined } | { readonly result: FileResult }

interface Mutable {
  milliseconds: number
  readonly counts: Record<keyof Counts, number>
  readonly failures: Failure[]
}

/** The summary of a run, which Node sends as diagnostics. */
const summaryLine = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /

// Node's test runner follows each promise, to tell which test an error belongs to: a fifth of the processor time of tests of a store.
// Without it, the rejection of a promise that is not awaited fails its file instead of its test.
const { createHook } = asyncHooks
asyncHooks.createHook = (callbacks) => createHook({ ...callbacks, trackPromises: false })
const { run } = await import('node:test') // takes `createHook` when it is loaded

let cpuBefore = 0 // the processor time of the files that are finished

const [, , root = '', ...files] = process.argv
if (process.send !== undefined) {
  await runFiles()
  process.exit() // every result was sent
}

async function runFiles(): Promise<void> {
  const waiting = new Map(files.map((file) => [join(root, file), emptyResult()]))
  const markers = writeMarkers([...waiting.keys()])
  const paths = [...markers].flat()
  const events = run({ files: paths, isolation: 'none', cwd: root })
  let current = join(root, files[0] ?? '')
  let total = 0
  const open: string[] = [] // the tests whose results come next, by depth: a test is reported when it ends
  const running = new Map<number, string>()
  for await (const { type, data } of events) {
    if (type === 'test:dequeue' || type === 'test:complete') {
      if (type === 'test:dequeue') running.set(data.testId, data.name)
      else running.delete(data.testId)
      await send({ running: [...running.values()].join(' > ') || undefined })
    } else if (type === 'test:start') {
      open.splice(data.nesting, Infinity, data.name)
      const next = markers.get(data.file ?? '') ?? current
      if (next !== current) await finish(waiting, current)
      current = next
    } else if (type === 'test:pass' || type === 'test:fail') {
      if (markers.has(data.file ?? '')) continue
      const result = waiting.get(current) ?? emptyResult()
      waiting.set(current, result)
      total += type === 'test:fail' ? 1 : 0
      add(result, type === 'test:fail', data, open)
    } else if (type === 'test:diagnostic' && !summaryLine.test(data.message))
      console.error(data.message)
    else if (type === 'test:summary' && data.file === undefined && total === 0)
      if (!data.success || Number(process.exitCode ?? 0) !== 0)
        waiting.get(current)?.failures.push(afterTheTests(current))
  }
  for (const path of waiting.keys()) await finish(waiting, path)
}

/**
 * Writes a file with one test for each test file, to be run before it, and returns the test files by the paths of these: the tests of a
 * contract stand in another file than the one that runs it, and Node does not say which does.
 */
function writeMarkers(paths: readonly string[]): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'markers-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const markers = new Map(paths.map((path, index) => [join(folder, `${index}.test.mjs`), path]))
  for (const path of markers.keys())
    writeFileSync(path, "import { test } from 'node:test'\ntest('marker', () => {})\n")
  return markers
}

async function finish(waiting: Map<string, Mutable>, path: string): Promise<void> {
  const result = waiting.get(path)
  if (!waiting.delete(path) || result === undefined) return
  const cpuMilliseconds = cpuTimeWithChildren() - cpuBefore
  cpuBefore += cpuMilliseconds
  await send({ result: { file: relative(root, path), ...result, cpuMilliseconds } })
}

function emptyResult(): Mutable {
  return { milliseconds: 0, counts: { ...noCounts }, failures: [] }
}

type Ended = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>['data']

function add(result: Mutable, failed: boolean, data: Ended, open: readonly string[]): void {
  const { counts, failures } = result
  const error = 'error' in data.details ? data.details.error : undefined
  const failureType = error !== undefined && 'failureType' in error ? error.failureType : undefined
  counts[data.details.type === 'suite' ? 'suites' : 'tests']++
  if (data.details.type !== 'suite') counts[outcomeOf(failed, failureType, data)]++
  if (data.nesting === 0) result.milliseconds += data.details.duration_ms
  if (!failed || data.todo !== undefined || failureType === 'subtestsFailed') return
  const file = data.file === undefined ? '' : relative(root, data.file)
  const path = [...open.slice(0, data.nesting), data.name]
  failures.push({
    path: path.map((name) => (name === data.file ? file : name)),
    location: `${file}:${data.line ?? 1}:${data.column ?? 1}`,
    error: textOf(error),
  })
}

function outcomeOf(failed: boolean, failureType: unknown, { skip, todo }: Ended): keyof Counts {
  if (skip !== undefined && skip !== false) return 'skipped'
  if (todo !== undefined && todo !== false) return 'todo'
  if (!failed) return 'pass'
  return failureType === 'cancelledByParent' ? 'cancelled' : 'fail'
}

function textOf(error: Error | undefined): string {
  const cause = error?.cause ?? error
  return typeof cause === 'string' ? cause : inspect(cause, { colors: false })
}

function afterTheTests(path: string): Failure {
  const file = relative(root, path)
  return { path: [file], location: `${file}:1:1`, error: 'an error outside of every test' }
}

function send(message: Message): Promise<void> {
  return new Promise((resolve, reject) =>
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve())),
  )
}
