// API tokens and access tokens at one guarded route, in a process of its own: api-tokens-child.ts <requests> <rounds>
import { createGuard } from '@countersign/guard'
import { nodeGuard } from '@countersign/guard/node'
import { createTestIssuer } from '@countersign/guard/testing'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { median } from './statistics.ts'

const [batch, tokenCount, rps] = [50, 1000, 1e3]

interface Work {
  readonly port: number
  readonly tokens: readonly string[]
  readonly requests: number
}

if (isMainThread) await measure()
else await sendAll(workerData as Work)

async function measure(): Promise<void> {
  const [requests, rounds] = process.argv.slice(2).map(Number) as [number, number]
  const issuer = createTestIssuer({ now: Math.floor(Date.now() / 1000) })
  const { url, audience, fetch } = issuer
  const trust = { issuer: url, audience, fetch, revocation: 'poll', maxExplanations: 0 } as const
  const guard = createGuard({ ...trust, apiTokens: true })
  const route = nodeGuard(guard, undefined, (_, response, { subject }) => {
    response.setHeader('content-type', 'application/json') // with `end` alone, node adds the length
    response.end(JSON.stringify({ owner: subject }))
  })
  const server = createServer((request, response) => void route(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const make = (one: () => string) => Array.from({ length: tokenCount }, one)
  const kinds = { jwt: make(() => issuer.token()), api: make(() => issuer.apiToken()) }
  const figures = { jwtUs: [] as number[], apiUs: [] as number[], jwtNs: [] as number[], apiNs: [] as number[] } // prettier-ignore

  for (const tokens of Object.values(kinds)) await load({ port, tokens, requests: requests / 2 })
  for (let round = 0; round < rounds; round++)
    for (const kind of round % 2 === 0 ? (['jwt', 'api'] as const) : (['api', 'jwt'] as const)) {
      figures[`${kind}Us`].push((await load({ port, tokens: kinds[kind], requests })) / rps)
      figures[`${kind}Ns`].push(checks(guard.checkToken, kinds[kind], requests))
    }
  const ratios = ratiosOf(figures.jwtUs, figures.apiUs)
  const checkRatios = ratiosOf(figures.jwtNs, figures.apiNs)
  const medians = Object.entries(figures).map(([name, all]) => [name, median(all)])
  console.log(
    JSON.stringify({
      ...Object.fromEntries(medians),
      ratio: median(ratios),
      least: Math.min(...ratios),
      greatest: Math.max(...ratios),
      checkRatio: median(checkRatios),
      checkLeast: Math.min(...checkRatios),
      checkGreatest: Math.max(...checkRatios),
      tokens: tokenCount,
      requests: requests * (2 * rounds + 0.5),
      exchanges: issuer.exchanges,
    }),
  )
  guard.close()
  server.closeAllConnections()
  server.close()
}

/** Serves requests that a worker sends; returns the nanoseconds of this thread for each. */
async function load(work: Work): Promise<number> {
  const from = process.threadCpuUsage()
  const worker = new Worker(new URL(import.meta.url), { workerData: work })
  await once(worker, 'message')
  const { user, system } = process.threadCpuUsage(from)
  await worker.terminate()
  return ((user + system) * 1000) / work.requests
}

function ratiosOf(jwt: readonly number[], api: readonly number[]): readonly number[] {
  return api.map((one, round) => one / (jwt[round] ?? Number.NaN))
}

/** Returns the nanoseconds of a check in memory. Each token is a new string, as the header of a request is. */
function checks(check: (token: string) => unknown, tokens: readonly string[], calls: number) {
  const bytes = tokens.map((token) => Buffer.from(token, 'latin1'))
  let microseconds = 0
  for (let done = 0; done < calls; done += tokens.length) {
    const headers = bytes.map((one) => one.toString('latin1'))
    const from = process.threadCpuUsage()
    for (const token of headers) check(token)
    const { user, system } = process.threadCpuUsage(from)
    microseconds += user + system
  }
  return (microseconds * 1000) / calls
}

/** Sends the requests over one connection, in batches. Ends the process when one of them is refused. */
async function sendAll({ port, tokens, requests }: Work): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let [sent, answered, text] = [0, 0, '']
  const sendBatch = () => {
    const lines = Array.from({ length: batch }, () => {
      const token = tokens[sent++ % tokens.length] ?? ''
      return `GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`
    })
    socket.write(lines.join(''))
  }
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part
    const statuses = text.split('HTTP/1.1 ')
    text = statuses.pop() ?? '' // may be cut off
    const count = statuses.filter((one) => one !== '').length
    if (statuses.some((one) => one !== '' && !one.startsWith('200')))
      throw new Error('a request was refused')
    answered += count
    if (answered === sent - 1 && text.endsWith('}')) {
      answered++
      text = ''
      if (answered < requests) sendBatch()
      else parentPort?.postMessage('done')
    }
  })
  sendBatch()
}
