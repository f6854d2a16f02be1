import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './files.ts'

/** A running process, which is stopped when the test ends. */
export interface Running extends AsyncDisposable {
  /** Returns everything that it has printed so far. */
  output(): string
  /** Sends SIGTERM to its group, and waits until it has ended. */
  stop(): Promise<void>
  /** Sends a signal, and does not wait. */
  signal(name: NodeJS.Signals): void
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>
  readonly pid: number
}

/** The options of a process. */
export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** The folder that it runs in; by default the root of the repository. */
  readonly cwd?: string
  /** The id of the user that it runs as, and of the group of the same number; only root can choose it. */
  readonly uid?: number
  /** The group, if its number is another. */
  readonly gid?: number
  /** Matches its output when it is ready; by default when it says that it listens. */
  readonly ready?: RegExp
  /** Stops it also when this process ends without stopping it, as by Ctrl+C or a crash. It then has no `input`. */
  readonly tied?: boolean
}

/** Runs a program until its standard input ends, which this process holds open. */
const tie = `exec 3<&0; "$@" </dev/null 3<&- & program=$!
  (cat; kill $program) <&3 >/dev/null 2>&1 & wait $program; code=$?; kill $! 2>/dev/null; exit $code`

function launch(
  untied: readonly string[],
  { env = {}, input = '', cwd = root, uid, gid = uid, tied = false }: ProcessOptions,
) {
  const [program = '', ...args] = tied ? ['sh', '-c', tie, 'sh', ...untied] : untied
  const owner = uid === undefined || gid === undefined ? {} : { uid, gid }
  const options = { cwd, env: { ...process.env, ...env }, detached: true, ...owner }
  const child = spawn(program, args, options)
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  }
  child.stdin.on('error', () => {}) // EPIPE: it has ended without reading all of its input
  if (!tied) child.stdin.end(input)
  return { child, ended: once(child, 'close'), printed: () => printed }
}

/**
 * The `countersign` command without npm: from its sources, or from the bundle that `scripts/test.ts` builds once and names in
 * `BUNDLED_PROGRAM`. The bundle starts in a third of the time.
 */
export const countersign: readonly string[] =
  process.env['BUNDLED_PROGRAM'] === undefined
    ? [
        process.execPath,
        '--conditions=@countersign/source',
        join(root, 'packages/server/src/cli/main.ts'),
      ]
    : [process.execPath, process.env['BUNDLED_PROGRAM']]

/** Runs a command to its end, and returns its exit code and output. */
export async function run(
  command: readonly string[],
  options: ProcessOptions = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const { ended, printed } = launch(command, options)
  const [code] = (await ended) as [number]
  return { code, output: printed() }
}

/** Milliseconds after which a program that does not start is considered hung; a busy machine may need half a minute. */
const hangLimit = 120_000

/** Starts a server and waits until it prints that it listens. */
export async function start(
  command: readonly string[],
  options: ProcessOptions = {},
): Promise<Running> {
  const { child, ended, printed } = launch(command, options)
  const { ready = /listen(s|ing) on/i } = options
  let hasEnded = false
  void ended.then(() => (hasEnded = true))
  const stop = async () => {
    if (!hasEnded && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
  }
  const deadline = Date.now() + hangLimit
  while (!ready.test(printed())) {
    if (hasEnded || Date.now() > deadline) {
      await stop()
      throw new Error(`the process did not start: ${printed()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    output: printed,
    stop,
    signal: (name) => (options.tied ? void signalChild(child.pid, name) : void child.kill(name)),
    ended: ended.then(([code]) => code as number | null),
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: stop,
  }
}

/** Sends a signal to the program that a shell runs, its first child. */
function signalChild(shell: number | undefined, name: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8')
  process.kill(Number(children.split(' ')[0]), name)
}

/** A value for `NODE_OPTIONS` that makes a server print every OpenTelemetry span. */
export const printSpans = `--import=${new URL('tracing.ts', import.meta.url).pathname}`
