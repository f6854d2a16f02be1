import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './files.ts'

/** A real process, stopped when the story ends. */
export interface Running extends AsyncDisposable {
  /** Everything it has printed so far. */
  output(): string
  /** Asks it to stop, as an operator would, and waits until it has. */
  stop(): Promise<void>
  /** Sends it a signal, and does not wait. */
  signal(name: NodeJS.Signals): void
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>
  readonly pid: number
}

/** How a process is started. */
export interface Started {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** What it says once it can be asked; by default that it listens. */
  readonly ready?: RegExp
}

function launch(command: readonly string[], { env = {}, input = '' }: Started) {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, detached: true })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  }
  child.stdin.end(input)
  return { child, ended: once(child, 'close'), printed: () => printed }
}

/**
 * The `countersign` command, without npm around it: from its sources, or the bundle that a run of all tests makes once and names in
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

/** Runs a command to its end. */
export async function run(
  command: readonly string[],
  started: Started = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const { ended, printed } = launch(command, started)
  const [code] = (await ended) as [number]
  return { code, output: printed() }
}

/** Milliseconds after which a program that does not start is considered hung; a busy machine may need half a minute. */
const hangLimit = 120_000

/** Starts a server and waits until it says that it listens. */
export async function start(command: readonly string[], started: Started = {}): Promise<Running> {
  const { child, ended, printed } = launch(command, started)
  const { ready = /listen(s|ing) on/i } = started
  let over = false
  void ended.then(() => (over = true))
  const stop = async () => {
    if (!over && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
  }
  const deadline = Date.now() + hangLimit
  while (!ready.test(printed())) {
    if (over || Date.now() > deadline) {
      await stop()
      throw new Error(`it did not start: ${printed()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    output: printed,
    stop,
    signal: (name) => child.kill(name),
    ended: ended.then(([code]) => code as number | null),
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: stop,
  }
}

/** An option of Node that makes a server print every OpenTelemetry span: for `NODE_OPTIONS`. */
export const printSpans = `--import=${new URL('tracing.ts', import.meta.url).pathname}`
