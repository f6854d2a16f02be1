import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { root, scratch } from '@countersign/testing/files'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import type { Throughput } from '../server/load.ts'
import { startMeasured } from '../server/measured.ts'
import { median } from '../statistics.ts'
import { goalTable, type Samples } from './goals.ts'
import { startTutorial, tutorialLacks } from './tutorial.ts'
import { idOf, variants, type Variant } from './variants.ts'
import { cores, load, wrkLacks, writeScript } from './wrk.ts'

/** The result of a variant in one round. Figures that only Node reports are NaN for other processes. */
export interface Sample extends Throughput {
  readonly cpuMicroseconds: number
  readonly startMs: number
  readonly startMiB: number
  readonly loadedMiB: number
}

/** A protected route in each framework: without auth, with the usual middleware, with ours. */
export const httpBenchmark: Benchmark = {
  title: 'A guarded route over HTTP',
  summary: 'frameworks without auth, with their usual JWT middleware, and with a guard',
  method: `One route that answers a small JSON object, HS256 tokens of 400 characters, a hot set of 1,000 of them (Zipf), sent to every variant, also to
those without auth. Each variant runs in a fresh process of built JavaScript, pinned to one core; wrk with 64 connections on the other.
The variants alternate, in reversed order every round. Ratios are to the same framework without auth **in the same round**: median, then minimum
and maximum. "Empty guard" reads the header and looks for \`Bearer\`: the minimum cost of any guard. The best second of a
round counts, because other work may share the machine. Processor time is of the whole process, and says more there than rates.`,
  run,
}

interface World {
  readonly script: string
  /** One of the tokens, for the first request. */
  readonly token: string
  readonly secret: string
  readonly seconds: number
  /** The number of requests that warm a server up. */
  readonly warmUp: number
}

async function run({ rounds, quick, only, progress }: BenchmarkOptions): Promise<string> {
  const lacks = wrkLacks()
  if (lacks !== false) throw new Error(lacks) // so that `--write` keeps the tables that are there
  const noTutorial = tutorialLacks()
  const wanted = variants.filter(
    ({ group }) => (only === undefined || group === only) && !(group === 'tutorial' && noTutorial),
  )
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root }) // the packages as applications install them
  execFileSync('npx', ['tsc', '-p', 'bench/tsconfig.servers.json'], { cwd: root })
  using folder = scratch()
  const secret = randomBytes(32).toString('hex')
  const world = {
    ...writeScript(folder.path, secret),
    secret,
    seconds: quick ? 1 : 4,
    warmUp: quick ? 0 : 60_000,
  }
  const samples = new Map(wanted.map((one) => [idOf(one), [] as Sample[]]))
  for (let round = 1; round <= rounds; round++) {
    for (const one of round % 2 === 0 ? wanted.toReversed() : wanted) {
      const sample = await (one.group === 'tutorial' ? measureTutorial(world) : measure(one, world))
      samples.get(idOf(one))?.push(sample)
      progress(`${idOf(one)}: ${sample.perSecond.toFixed(0)}/s, round ${round} of ${rounds}`)
    }
  }
  const peers =
    'hono 4.13.19, @hono/node-server 2.1.9, fastify 5.12.8, @fastify/jwt 10.2.8, express 5.3.0, express-jwt 8.5.1, jose 6.2.18, wrk'
  const tables = [...rateTable(wanted, samples), '', ...goalTable(samples)]
  return [
    machine(peers),
    '',
    ...tables,
    ...(noTutorial ? ['', `The tutorial ${noTutorial}.`] : []),
  ].join('\n')
}

async function measure({ group, name }: Variant, world: World): Promise<Sample> {
  const { script, token, secret, seconds } = world
  await using server = await startMeasured({
    file: new URL(`../../dist/servers/${group}.js`, import.meta.url),
    args: [name],
    env: { BENCH_SECRET: secret, NODE_ENV: 'production' },
    ready: '/',
    headers: { authorization: `Bearer ${token}` },
    built: true,
  })
  const { rssMiB: startMiB } = await server.usage()
  spawnSync('taskset', ['-acp', cores.server, String(server.pid)])
  await warm(server.url, world)
  const windows = await inWindows(seconds, async () => {
    const before = await server.usage()
    const { requests, ...rates } = await load(server.url, script, 1)
    const { cpuMicroseconds } = await server.usage()
    return { ...rates, cpuMicroseconds: (cpuMicroseconds - before.cpuMicroseconds) / requests }
  })
  const cpuMicroseconds = Math.min(...windows.map((one) => one.cpuMicroseconds))
  const { rssMiB: loadedMiB } = await server.usage()
  return { ...best(windows), cpuMicroseconds, startMs: server.startMs, startMiB, loadedMiB }
}

/** Measures second by second. */
async function inWindows<T>(seconds: number, measureOne: () => Promise<T>): Promise<readonly T[]> {
  const windows: T[] = []
  for (let second = 0; second < seconds; second++) windows.push(await measureOne())
  return windows
}

/** The second in which other work on the machine took least. */
function best<T extends Throughput>(windows: readonly T[]): T {
  return windows.reduce((one, other) => (other.perSecond > one.perSecond ? other : one))
}

/** Until everything is compiled: at least so many requests, for on a busy machine seconds say little. */
async function warm(url: string, { script, seconds, warmUp }: World): Promise<void> {
  let done = 0
  for (let turn = 0; turn === 0 || (done < warmUp && turn < 5); turn++)
    done += (await load(url, script, seconds)).requests
}

async function measureTutorial(world: World): Promise<Sample> {
  const { script, secret, seconds } = world
  await using server = await startTutorial(secret)
  await load(server.url, script, seconds)
  const unknown = { cpuMicroseconds: Number.NaN, startMs: Number.NaN, startMiB: Number.NaN }
  const windows = await inWindows(seconds, () => load(server.url, script, 1))
  return { ...best(windows), ...unknown, loadedMiB: Number.NaN }
}

const shown = (value: number, digits = 0) => (Number.isNaN(value) ? '-' : value.toFixed(digits))

function rateTable(wanted: readonly Variant[], samples: Samples): readonly string[] {
  const lines = wanted.map((one) => {
    const own = samples.get(idOf(one)) ?? []
    const limit = samples.get(idOf({ group: one.group, name: 'none' })) ?? own
    const of = (read: (sample: Sample) => number) => median(own.map(read))
    const shares = own.map(
      ({ perSecond }, round) => perSecond / (limit[round]?.perSecond ?? Number.NaN),
    )
    const x = `${median(shares).toFixed(2)}; ${Math.min(...shares).toFixed(2)}-${Math.max(...shares).toFixed(2)}`
    return `| ${[
      one.label,
      shown(of(({ perSecond }) => perSecond)),
      one.group === 'tutorial' ? '-' : x,
      shown(
        of(({ cpuMicroseconds }) => cpuMicroseconds),
        1,
      ),
      `${shown(
        of(({ p50 }) => p50),
        2,
      )} / ${shown(
        of(({ p99 }) => p99),
        1,
      )}`,
      shown(of(({ startMs }) => startMs)),
      `${shown(of(({ startMiB }) => startMiB))} / ${shown(of(({ loadedMiB }) => loadedMiB))}`,
    ].join(' | ')} |`
  })
  return [
    '| | requests a second | x of its framework | processor, us a request | p50 / p99 ms | start ms | memory at the start / loaded, MiB |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ]
}
