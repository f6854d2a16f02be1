import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@countersign/testing/http'

/** The resource usage of a measured process. */
export interface Usage {
  readonly rssMiB: number
  /** The longest pause of its event loop since the last reset, in milliseconds. */
  readonly blockedMs: number
  /** The processor time of all its threads since its start. */
  readonly cpuMicroseconds: number
}

/** A server in its own process. */
export interface Measured extends AsyncDisposable {
  readonly url: string
  /** Milliseconds from its start to its first answer. */
  readonly startMs: number
  readonly pid: number
  usage(question?: 'reset'): Promise<Usage>
}

/** The program, its arguments, and the path that it serves when it is ready. */
export interface Program {
  readonly file: URL
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly ready: string
  /** The header fields of that first request. */
  readonly headers?: Readonly<Record<string, string>>
  /** True if it runs built JavaScript, as after an installation of the packages. */
  readonly built?: boolean
}

// Passed as JavaScript, so that no measured process loads the type stripper.
const probeText = stripTypeScriptTypes(readFileSync(new URL('probe.ts', import.meta.url), 'utf8'))
const probe = `data:text/javascript,${encodeURIComponent(probeText)}`

/** Starts a server on a free port, which it finds in PORT and COUNTERSIGN_HTTP_PORT, and waits for its first answer. */
export async function startMeasured({
  file,
  args = [],
  env,
  ready,
  headers = {},
  built = false,
}: Program): Promise<Measured> {
  const port = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  const from = performance.now()
  const child = fork(file, args, {
    execArgv: [
      ...(built ? [] : ['--conditions=@countersign/source']),
      '--no-warnings',
      '--import',
      probe,
    ],
    env: { ...process.env, ...env, PORT: port, COUNTERSIGN_HTTP_PORT: port },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const client = createClient(url)
  while ((await client.send({ path: ready, headers }).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null || performance.now() - from > 30_000)
      throw new Error(`${file.pathname} did not start: ${said}`)
    await setTimeout(2)
  }
  const startMs = performance.now() - from
  return {
    url,
    startMs,
    pid: child.pid ?? 0, // it has responded, so it has a pid
    async usage(question) {
      const answered = once(child, 'message')
      child.send(question ?? 'usage')
      return ((await answered) as [Usage])[0]
    },
    async [Symbol.asyncDispose]() {
      client.close()
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** A request and its response. */
export interface Ask {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
}

/** A client with one keep-alive connection. */
export interface Client {
  send(ask: Ask): Promise<Received>
  close(): void
}

/** Creates a client; it is cheaper than fetch, because it shares the machine with the measured process. */
export function createClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  async function send(ask: Ask): Promise<Received> {
    try {
      return await sendOnce(url, agent, ask)
    } catch (error) {
      if (error !== closedMeanwhile) throw error
      return send(ask)
    }
  }
  return { send, close: () => agent.destroy() }
}

interface Received {
  readonly status: number
  readonly text: string
}

/** Reports whether the server closed an idle connection just before it was reused. */
const closedMeanwhile = new Error('the connection was closed')

function sendOnce(
  url: string,
  agent: Agent,
  { method, path, headers, json, form }: Ask,
): Promise<Received> {
  const body =
    json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json)
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json'
  const described =
    body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...described, ...headers },
    }
    const outgoing = request(url + path, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (more: string) => (text += more))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      reject(outgoing.reusedSocket && error.code === 'ECONNRESET' ? closedMeanwhile : error),
    )
    outgoing.end(body)
  })
}
