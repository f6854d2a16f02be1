import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The repository, where every command of these stories is run. */
export const root = new URL('..', import.meta.url).pathname

// Below 32,768, where Linux begins to give ports to outgoing connections and to programs that listen on port 0: none of them can take a
// port between `freePort` and the program that it is for.
const firstPort = 12_000
const blockSize = 100
const blockCount = 200

/** Listens on a port of every address, or returns `undefined` when the port is taken. */
async function tryListen(port: number): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(port, () => resolve(server))
  })
}

/**
 * Reserves a block of ports for this process and returns its first port. Listening on that port is the lock: the system releases it when
 * the process ends, however it ends.
 */
async function reserveBlock(): Promise<number> {
  for (let attempt = 0; attempt < blockCount; attempt++) {
    const first = firstPort + ((process.pid + attempt) % blockCount) * blockSize
    const lock = await tryListen(first)
    if (!lock) continue
    lock.on('connection', (socket) => socket.destroy()).unref()
    return first
  }
  throw new Error('every block of ports is reserved by another process')
}

let reserved: Promise<number> | undefined
let handedOut = 0

/** Returns a port that is free and that no other process of the tests gets: each process has a block of its own. */
export async function freePort(): Promise<number> {
  reserved ??= reserveBlock()
  const first = await reserved
  for (let attempt = 1; attempt < blockSize; attempt++) {
    const port = first + 1 + (handedOut++ % (blockSize - 1))
    const server = await tryListen(port)
    if (!server) continue
    server.close()
    await once(server, 'close')
    return port
  }
  throw new Error(`every port after ${first} is taken`)
}

/** An empty folder that is gone when the story ends. */
export function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'countersign-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

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

/** The `countersign` command, without npm around it. */
export const countersign = [
  process.execPath,
  '--conditions=@countersign/source',
  join(root, 'packages/server/src/cli/main.ts'),
] as const

/** Runs a command to its end. */
export async function run(
  command: readonly string[],
  started: Started = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const { ended, printed } = launch(command, started)
  const [code] = (await ended) as [number]
  return { code, output: printed() }
}

/** Milliseconds after which a program that does not start is taken to hang; a busy machine may need half a minute. */
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

/** Sends JSON and reads the answer. */
export async function post(url: string, body: unknown) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Asks a route, with a token or without. */
export async function get(url: string, token?: string) {
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

/** The same token with the first character of its signature changed. */
export function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 1
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}
