import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root, scratch } from '@countersign/testing/files'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import { median } from '../statistics.ts'
import { clientOf, environment, startCountersign } from './countersign.ts'
import { closedLoop } from './load.ts'
import {
  createClient,
  startMeasured,
  type Client,
  type Measured,
  type Program,
} from './measured.ts'
import { interleaved, rateTable } from './table.ts'

const peers = (name: string) => new URL(`peers/${name}.ts`, import.meta.url)

/** Measures the start of a server, and the key set, the route that every client requests. */
export const startBenchmark: Benchmark = {
  title: 'Start-up, and the key set',
  summary: 'start to first answer and memory; GET /.well-known/jwks.json against a static route',
  method: `The built JavaScript, from the start of the process to its first response, on an existing database; memory (RSS) after the first
response, and ours again after the first sign-ins, with both hash workers. The key set is compared with the same bytes from bare node:http.`,
  run,
}

async function run({ rounds, quick, progress }: BenchmarkOptions): Promise<string> {
  const milliseconds = quick ? 500 : 3000
  using folder = scratch()
  const env = environment(`sqlite:${join(folder.path, 'bench.db')}`)
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'pipe' })
  const file = new URL('../../../packages/server/dist/bin/countersign.js', import.meta.url)
  const ours = () =>
    startMeasured({ file, args: ['serve'], env, ready: '/health/ready', built: true })
  await (await startCountersign(env))[Symbol.asyncDispose]()
  const better: Program = {
    file: peers('better-auth'),
    args: [join(folder.path, 'better-auth.db')],
    ready: '/api/auth/ok',
  }
  const oidc: Program = { file: peers('oidc-provider'), ready: '/.well-known/openid-configuration' }
  const starts = {
    'bare node:http': () => startMeasured({ file: peers('static'), ready: '/' }),
    '**Countersign**': ours,
    'oidc-provider, in memory': () => startMeasured(oidc),
    'better-auth': () => startMeasured(better),
  }
  const lines = ['| | start, ms | memory, MiB | after sign-ins, MiB |', '|---|---:|---:|---:|']
  for (const [label, start] of Object.entries(starts)) {
    const seen: { readonly startMs: number; readonly rssMiB: number; readonly later: number }[] = []
    for (let round = 0; round < rounds; round++) {
      await using server = await start()
      const { rssMiB } = await server.usage()
      const later = start === ours ? await afterSignIns(server) : Number.NaN
      seen.push({ startMs: server.startMs, rssMiB, later })
      progress(`start of ${label}: round ${round + 1} of ${rounds}`)
    }
    const [ms, rss, later] = (['startMs', 'rssMiB', 'later'] as const).map((key) =>
      median(seen.map((one) => one[key])).toFixed(0),
    )
    lines.push(`| ${label} | ${ms} | ${rss} | ${later === 'NaN' ? '-' : later} |`)
  }
  return [
    machine('oidc-provider 9.13.3, better-auth 1.7.25'),
    '',
    ...lines,
    '',
    ...(await keySet()),
  ].join('\n')

  async function keySet(): Promise<readonly string[]> {
    const path = '/.well-known/jwks.json'
    await using server = await ours()
    const text = (await createClient(server.url).send({ path })).text
    await using limit = await startMeasured({ file: peers('static'), args: [text], ready: '/' })
    const asking = (one: Measured) => async () => {
      const clients: readonly Client[] = Array.from({ length: 16 }, () => createClient(one.url))
      let answers = 0
      const work = async (at: number) => {
        await clients[at]?.send({ path })
        answers++
      }
      const before = (await one.usage()).cpuMicroseconds
      const seen = await closedLoop({ workers: 16, milliseconds, work })
      processor.get(one)?.push(((await one.usage()).cpuMicroseconds - before) / answers)
      for (const client of clients) client.close()
      return seen
    }
    const processor = new Map<Measured, number[]>([
      [limit, []],
      [server, []],
    ])
    const variants = [
      { label: '**limit: the same bytes from node:http**', measure: asking(limit) },
      { label: '**Countersign**, GET /.well-known/jwks.json', measure: asking(server) },
    ]
    const table = rateTable('responses', await interleaved(rounds, variants, progress))
    const [least, own] = [limit, server].map((one) => median(processor.get(one) ?? []).toFixed(0))
    return [
      ...table,
      '',
      `Processor time of a response: ${own} us, and ${least} us from node:http.`,
    ]
  }
}

async function afterSignIns(server: Measured): Promise<number> {
  const clients = Array.from({ length: 8 }, () => clientOf(server))
  await Promise.all(clients.map((client) => client.login()))
  for (const { client } of clients) client.close()
  return (await server.usage()).rssMiB
}
