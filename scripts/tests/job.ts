// A job is what one process runs: one test file, or files that can share a process.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { usesPostgres } from './select.ts'
import { noCounts, type FileResult } from './report.ts'
import type { Message } from './run-files.ts'

/** Test files that one process runs, one after the other. */
export type Job = readonly string[]

/** The results of a job, and what its process printed. */
export interface JobResult {
  readonly results: readonly FileResult[]
  readonly output: string
}

/** The maximum time for the files of one process, together, in ms: longer jobs would leave processors idle at the end. */
const maxJobMs = 90_000

/**
 * Groups test files into jobs: the files of a folder of `e2e/`, and the tests of a package, in guard and server those of a folder, share processes. To load
 * the modules that they share takes a second of processor time. Tests that use a database are apart from those of their folder, which are
 * fast. An example has a process of its own, because it reads its settings when it is loaded. `cost` is in ms.
 */
export function jobsOf(
  root: string,
  files: readonly string[],
  cost: (file: string) => number,
): readonly Job[] {
  const group = (file: string) => {
    const [top, name = '', , folder = ''] = file.split('/')
    if (top === 'e2e') return `e2e/${name}`
    if (top !== 'packages') return file
    if (usesPostgres(root, file)) return `${name} with a database`
    const isLarge = ['guard', 'server'].includes(name) && !folder.endsWith('.test.ts')
    return isLarge ? `${name}/${folder}` : name
  }
  return [...Map.groupBy(files, group).values()].flatMap((job) => split(job, cost))
}

/** Splits a job where the files before would take more than {@link maxJobMs} with the next one. */
function split(files: Job, cost: (file: string) => number): readonly Job[] {
  const jobs: string[][] = []
  let sum = Infinity
  for (const file of files) {
    if (sum + cost(file) > maxJobMs) {
      jobs.push([])
      sum = 0
    }
    jobs.at(-1)?.push(file)
    sum += cost(file)
  }
  return jobs
}

/** The options of {@link runJob}. */
export interface JobOptions {
  readonly root: string
  /** The maximum duration of a test, in seconds, before its process is killed. The process may live a tenth of that after its last test. */
  readonly limit: number
  /** Receives the result of each file. */
  onFile(result: FileResult): void
}

/** Runs a job in a process of its own. A process that ends or hangs before its tests do is a failure. */
export async function runJob(job: Job, options: JobOptions): Promise<JobResult> {
  const results: FileResult[] = []
  const started = Date.now()
  const onFile = (result: FileResult) => {
    results.push(result)
    options.onFile(result)
  }
  const { output, ...end } = await runProcess(job, { ...options, onFile })
  const [file, ...others] = job.filter((one) => results.every((result) => result.file !== one))
  if (file !== undefined) {
    const { running = 'after its tests' } = end
    const notRun = others.length === 0 ? '' : `\nThese files did not run: ${others.join(', ')}`
    const error = reasonOf(end, options.limit) + notRun
    const failures = [{ path: [file, running], location: `${file}:1:1`, error }]
    const counts = { ...noCounts, tests: 1, fail: 1 }
    onFile({ file, milliseconds: Date.now() - started, cpuMilliseconds: 0, counts, failures })
  }
  return { results, output }
}

/** The end of the process of a job. */
interface End {
  readonly code: number | null
  readonly signal: string | null
  /** The test that ran then. */
  readonly running: string | undefined
}

async function runProcess(
  job: Job,
  { root, limit, onFile }: JobOptions,
): Promise<End & { readonly output: string }> {
  let running: string | undefined = 'before its tests'
  let output = ''
  const child = fork(join(import.meta.dirname, 'run-files.ts'), [root, ...job], {
    cwd: root,
    execArgv: ['--conditions=@countersign/source'],
    silent: true,
  })
  const kill = () => child.kill('SIGKILL')
  let timer = setTimeout(kill, limit * 1000)
  child.on('message', (message: Message) => {
    if ('result' in message) return onFile(message.result)
    ;({ running } = message)
    clearTimeout(timer)
    timer = setTimeout(kill, running === undefined ? limit * 100 : limit * 1000)
  })
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const disconnected = once(child, 'disconnect') // by then every message has arrived
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  await disconnected
  clearTimeout(timer)
  return { code, signal, running, output }
}

function reasonOf({ code, signal, running }: End, limit: number): string {
  if (signal !== 'SIGKILL')
    return `the process of the file ended ${signal === null ? `with code ${code}` : `by ${signal}`} before its tests did`
  return running === undefined
    ? `what a test started, such as a server or a timer, still ran ${limit / 10} s after the last test`
    : `the test took longer than ${limit} s`
}
