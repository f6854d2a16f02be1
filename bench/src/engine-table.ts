import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { machine, type Benchmark, type BenchmarkOptions } from './benchmark.ts'
import { benchAlgorithms, operations, type BenchAlgorithm, type Operation } from './engine.ts'
import { median, ratios, spread } from './statistics.ts'

/** One line of the table, the limit first. */
interface Variant {
  readonly label: string
  readonly engine: string
  readonly inFlight: number
  readonly cache: boolean
  /** The algorithms that the engine does not support. */
  readonly without: readonly BenchAlgorithm[]
}

const line = (label: string, engine: string, more: Partial<Variant> = {}): Variant => ({
  label,
  engine,
  inFlight: 1,
  cache: false,
  without: [],
  ...more,
})
const limit = line('**limit: bare node:crypto**', 'bare')
const ours = line('**Countersign**, no cache', 'countersign')
const oursCached = line('**Countersign**, cache on', 'countersign', { cache: true })
const fastJwt = line('fast-jwt, no cache', 'fast-jwt', { without: ['ML-DSA-44'] })
const fastJwtCached = { ...fastJwt, label: 'fast-jwt, cache on', cache: true }
const jsonwebtoken = line('jsonwebtoken', 'jsonwebtoken', { without: ['EdDSA', 'ML-DSA-44'] })
const jose = line('jose, one at a time', 'jose')
const joseInFlight = line('jose, 64 in flight', 'jose', { inFlight: 64 })

const tables: Readonly<
  Record<Operation, { readonly title: string; readonly variants: readonly Variant[] }>
> = {
  cold: {
    title: 'Verify, cold: no token is cached',
    variants: [limit, ours, oursCached, fastJwt, jsonwebtoken, jose, joseInFlight],
  },
  hot: {
    title: 'Verify, hot: 1,000 tokens, a few of them often (Zipf)',
    variants: [limit, oursCached, fastJwtCached],
  },
  sign: { title: 'Sign', variants: [limit, ours, fastJwt, jsonwebtoken, jose, joseInFlight] },
}

/** Verifying and signing: ours against the peers and the bare primitive. */
export const engineBenchmark: Benchmark = {
  title: 'The token engine',
  summary: 'verify and sign: ours against jose, fast-jwt, jsonwebtoken and the bare primitive',
  method: `Microseconds per operation, the median of the rounds; in brackets the median ratio, then its minimum and maximum.
Each variant runs in a fresh process. The variants alternate, in reversed order every round. The ratio is to the bare
primitive **in the same round**: 1 is as fast as the platform allows. Quote ratios, not microseconds. Every engine checks
signature, expiry, issuer and audience with keys prepared once and the algorithm pinned; ours makes all of its default checks.
Of synchronous engines the processor time of the thread counts. The asynchronous engine is shown one at a time and with 64 in flight, by the clock.`,
  run: engineTable,
}

const run = promisify(execFile)

async function engineTable(options: BenchmarkOptions): Promise<string> {
  const lines: string[] = [machine('jose 6.2.18, fast-jwt 6.3.6, jsonwebtoken 9.0.3'), '']
  const algorithms = benchAlgorithms.filter((one) => (options.only ?? one) === one)
  if (algorithms.length === 0) throw new Error(`--only takes one of ${benchAlgorithms.join(', ')}`)
  for (const operation of operations) {
    const { title, variants } = tables[operation]
    lines.push(`### ${title}`, '', `| | ${algorithms.join(' | ')} |`)
    lines.push(`|---|${algorithms.map(() => '---:|').join('')}`)
    const columns: (readonly number[][])[] = []
    for (const algorithm of algorithms)
      columns.push(await measureAll(algorithm, operation, options))
    variants.forEach(({ label }, at) =>
      lines.push(`| ${label} | ${columns.map((one) => cell(one, at)).join(' | ')} |`),
    )
    lines.push('')
  }
  lines.push(...(await footprint(options)))
  return lines.join('\n')
}

/** Memory and latency of HS256, where the engine and not the mathematics is seen. */
async function footprint({ progress }: BenchmarkOptions): Promise<readonly string[]> {
  const lines = [
    '### Memory and latency, HS256',
    '',
    '| | heap of a cached token, 100,000 of them | heap per call, cold | hot | p50 cold | p99 | p99.9 |',
    '|---|---:|---:|---:|---:|---:|---:|',
  ]
  for (const [label, engine] of [
    ['**Countersign**', 'countersign'],
    ['fast-jwt', 'fast-jwt'],
  ]) {
    const child = new URL('footprint-child.ts', import.meta.url).pathname
    const flags = ['--expose-gc', '--max-semi-space-size=64', '--no-warnings']
    const args = [...flags, '--conditions=@countersign/source', child, String(engine)]
    const { stdout } = await run(process.execPath, args)
    const seen = JSON.parse(stdout) as Readonly<Record<string, number>>
    const bytes = ['cacheBytes', 'coldBytes', 'hotBytes'].map((key) => `${seen[key]?.toFixed(0)} B`)
    const times = ['p50', 'p99', 'p999'].map((key) => `${seen[key]?.toFixed(1)} us`)
    lines.push(`| ${[label, ...bytes, ...times].join(' | ')} |`)
    progress(`memory and latency of ${engine}`)
  }
  return [...lines, '']
}

/** Microseconds, and in brackets how fast beside the limit: the median of the rounds, least and greatest. */
function cell(samples: readonly (readonly number[])[], at: number): string {
  const [bare = [], own = []] = [samples[0], samples[at]]
  if (own.length === 0) return '-'
  const x = ratios(bare, own)
  return at === 0
    ? median(own).toPrecision(3)
    : `${median(own).toPrecision(3)} (${Number(median(x).toPrecision(2))}; ${spread(x)})`
}

/** For each variant its microseconds, round by round; none where it does not know the algorithm. */
async function measureAll(
  algorithm: BenchAlgorithm,
  operation: Operation,
  options: BenchmarkOptions,
): Promise<readonly number[][]> {
  const { variants } = tables[operation]
  const samples: number[][] = variants.map(() => [])
  for (let round = 1; round <= options.rounds; round++) {
    const order = variants.map((_, at) => at)
    if (round % 2 === 0) order.reverse()
    for (const at of order) {
      const variant = variants[at] as Variant
      if (!variant.without.includes(algorithm))
        samples[at]?.push(await measure(variant, algorithm, operation, options))
    }
    options.progress(`${operation} ${algorithm}: round ${round} of ${options.rounds}`)
  }
  return samples
}

async function measure(
  { engine, inFlight, cache }: Variant,
  algorithm: BenchAlgorithm,
  operation: Operation,
  { quick }: BenchmarkOptions,
): Promise<number> {
  const child = new URL('child.ts', import.meta.url).pathname
  const args = [
    engine,
    algorithm,
    operation,
    String(inFlight),
    cache ? 'cache' : '-',
    String(quick ? 60 : 300), // milliseconds, after as long a warm-up
  ]
  const { stdout } = await run(process.execPath, [
    '--conditions=@countersign/source',
    '--no-warnings',
    child,
    ...args,
  ])
  return (JSON.parse(stdout) as { readonly microseconds: number }).microseconds
}
