// node scripts/test.ts [unit|e2e|all] [--watch|--list|--times|--figures] [WORD...]: runs the test files whose path contains each of the words.
// `--times` adds the files that took the most processor time, `--figures` prints what tests measured.
// A test that takes longer than `--limit` seconds (300) fails; `--root` names a folder other than this repository.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { jobsOf, runJob, type Job, type JobResult } from './tests/job.ts'
import { costliestFiles, failureText, fileLine, summary, type FileResult } from './tests/report.ts'
import { selectTests, usesPostgres, type Kind } from './tests/select.ts'

/** The time that each file took the last time, in ms. */
type Times = Readonly<Record<string, number>>

const condition = '--conditions=@countersign/source'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    watch: { type: 'boolean' },
    list: { type: 'boolean' },
    times: { type: 'boolean' },
    figures: { type: 'boolean' },
    limit: { type: 'string', default: process.env['PROOFS'] === 'long' ? '3600' : '300' },
    root: { type: 'string', default: join(import.meta.dirname, '..') },
  },
})
const { root } = values
const timesFile = join(root, 'node_modules/.cache/test-times.json')
const [first = 'all', ...rest] = positionals
const isKind = (text: string): text is Kind => ['unit', 'e2e', 'all'].includes(text)
const [kind, words] = isKind(first) ? [first, rest] : (['all', positionals] as const)
const files = selectTests(root, kind, words)

if (files.length === 0) {
  const about = words.length > 0 ? ` whose path contains ${words.join(' and ')}` : ''
  console.error(`No ${kind === 'all' ? '' : `${kind} `}test file${about}.`)
  console.error(`Paths look like this: ${selectTests(root, kind).slice(0, 3).join(', ')}, …`)
  console.error(`\`node scripts/test.ts ${kind} --list\` prints all of them.`)
  process.exitCode = 1
} else if (values.list) console.log(files.join('\n'))
else if (values.watch) {
  const args = [condition, '--test', '--watch', ...files]
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
} else {
  const before = machineTime()
  const results = await runAll()
  if (values.times) console.log(`\n${costliestFiles(results, machineTime() - before)}`)
}

/** Runs every job, several at a time, the slowest first, so that none of those is left at the end. */
async function runAll(): Promise<readonly FileResult[]> {
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/compiled')
  const started = Date.now()
  bundleProgram()
  await using _ = await startSharedPostgres()
  const times = readTimes()
  const cost = (job: Job) => job.reduce((sum, file) => sum + expected(times, file), 0)
  const jobs = jobsOf(root, files, (file) => expected(times, file))
  const waiting = jobs.toSorted((a, b) => cost(b) - cost(a))
  const ended: JobResult[] = []
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      report(ended, times, started)
      process.exit(130)
    })
  const onFile = (result: FileResult) => console.log(fileLine(result))
  const options = { root, limit: Number(values.limit), onFile }
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const result = await runJob(job, options)
      if (values.figures && result.output !== '') console.log(result.output)
      ended.push(result)
    }
  }
  const workers = Math.min(8, availableParallelism() + 2) // many tests wait more than they compute
  await Promise.all(Array.from({ length: workers }, work))
  report(ended, times, started)
  return ended.flatMap((job) => job.results)
}

/** Prints the failures and the summary, and remembers how long each file took. */
function report(ended: readonly JobResult[], times: Times, started: number): void {
  const results = ended.flatMap((job) => job.results)
  saveTimes(times, results)
  const failures = ended.map((job) => failureText(job.results, job.output)).join('')
  if (failures !== '') console.log(`\n${styleText('red', 'failing tests:')}\n\n${failures}`)
  console.log(summary(results, Date.now() - started))
  if (failures !== '' || results.length !== files.length) process.exitCode = 1
}

/** Returns the milliseconds of processor time that this machine has used since it started. */
function machineTime(): number {
  return cpus().reduce((sum, { times: { user, nice, sys } }) => sum + user + nice + sys, 0)
}

/** Starts the PostgreSQL server that the selected files share, if one of them needs it. */
async function startSharedPostgres(): Promise<AsyncDisposable | undefined> {
  if (!files.some((file) => usesPostgres(root, file))) return undefined
  const { sharePostgres } = await import('@countersign/testing/postgres')
  return sharePostgres()
}

/** Bundles `countersign` for the tests, which start hundreds of processes: see `@countersign/testing/process`. */
function bundleProgram(): void {
  const folder = join(root, 'packages/server/node_modules/.cache/countersign') // where its imports are those of the package
  const sources = join(root, 'scripts/bundle.ts')
  if (kind === 'unit' || !existsSync(sources)) return
  const { status } = spawnSync(process.execPath, [sources, folder], { stdio: 'inherit' })
  if (status !== 0) throw new Error('Bundling the countersign program for the tests failed')
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}') // or Node parses each file once to find out
  process.env['BUNDLED_PROGRAM'] = join(folder, 'countersign.js')
}

function saveTimes(times: Times, results: readonly FileResult[]): void {
  const measured = results.map(({ file, milliseconds }) => [file, Math.round(milliseconds)])
  mkdirSync(dirname(timesFile), { recursive: true })
  writeFileSync(timesFile, JSON.stringify({ ...times, ...Object.fromEntries(measured) }))
}

function readTimes(): Times {
  try {
    return JSON.parse(readFileSync(timesFile, 'utf8')) as Times
  } catch {
    return {} // the first run
  }
}

/** Returns how long a file is expected to take, in ms: as long as the last time, or else a guess by its kind. */
function expected(times: Times, file: string): number {
  const known = times[file]
  if (known !== undefined) return known
  if (/\/(postgres\.|sqlite\.|pages-|step-up|outage|hostile-http|browser-tabs)/.test(file))
    return 60_000
  if (usesPostgres(root, file)) return 20_000
  return file.startsWith('e2e/') ? 10_000 : 1000
}
