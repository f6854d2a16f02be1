import { execFile } from 'node:child_process'
import { cpus } from 'node:os'
import { promisify } from 'node:util'
import { benchAlgorithms } from './engine.ts'
import { median, ratios, spread } from './statistics.ts'

/** One line of the table, the limit first. */
interface Variant {
  readonly label: string
  readonly engine: string
  readonly inFlight: number
}

const variants: readonly Variant[] = [
  { label: '**limit: bare node:crypto**', engine: 'bare', inFlight: 1 },
  { label: '**Countersign**', engine: 'countersign', inFlight: 1 },
  { label: 'fast-jwt', engine: 'fast-jwt', inFlight: 1 },
  { label: 'jsonwebtoken', engine: 'jsonwebtoken', inFlight: 1 },
  { label: 'jose, one at a time', engine: 'jose', inFlight: 1 },
  { label: 'jose, 64 in flight', engine: 'jose', inFlight: 64 },
]

const operations = ['verify', 'sign'] as const

/** How long the table takes. */
export interface TableOptions {
  readonly rounds: number
  /** Of each measurement, after as long a warm-up. */
  readonly milliseconds: number
  /** Told of each round, for a person who waits. */
  readonly progress: (line: string) => void
}

const run = promisify(execFile)

/**
 * Verifying and signing, ours against the peers and the bare primitive. Each variant in a fresh process; the variants in
 * turn, their order reversed every round; ratios to the limit of the same round. Returns Markdown.
 */
export async function engineTable(options: TableOptions): Promise<string> {
  const lines: string[] = [machine(), '']
  for (const operation of operations) {
    lines.push(
      `### ${operation === 'verify' ? 'Verify, cold (10,000 distinct tokens)' : 'Sign'}`,
      '',
    )
    lines.push(
      `| | ${benchAlgorithms.map((name) => `${name} us | x of the limit (spread)`).join(' | ')} |`,
    )
    lines.push(`|---|${benchAlgorithms.map(() => '---:|---:|').join('')}`)
    const columns: (readonly number[][])[] = []
    for (const algorithm of benchAlgorithms)
      columns.push(await measureAll(algorithm, operation, options))
    variants.forEach(({ label }, at) => {
      const cells = columns.map((samples) => {
        const own = samples[at] ?? []
        const x = ratios(samples[0] ?? [], own)
        return `${median(own).toPrecision(3)} | ${median(x).toFixed(2)} (${spread(x)})`
      })
      lines.push(`| ${label} | ${cells.join(' | ')} |`)
    })
    lines.push('')
  }
  return lines.join('\n')
}

/** For each variant its microseconds, round by round. */
async function measureAll(
  algorithm: string,
  operation: string,
  options: TableOptions,
): Promise<readonly number[][]> {
  const samples: number[][] = variants.map(() => [])
  for (let round = 1; round <= options.rounds; round++) {
    const order = variants.map((_, at) => at)
    if (round % 2 === 0) order.reverse()
    for (const at of order) {
      const { engine, inFlight } = variants[at] as Variant
      const args = [engine, algorithm, operation, String(inFlight), String(options.milliseconds)]
      const child = new URL('child.ts', import.meta.url).pathname
      const { stdout } = await run(process.execPath, [
        '--conditions=@countersign/source',
        '--no-warnings',
        child,
        ...args,
      ])
      samples[at]?.push((JSON.parse(stdout) as { readonly microseconds: number }).microseconds)
    }
    options.progress(`${operation} ${algorithm}: round ${round} of ${options.rounds}`)
  }
  return samples
}

function machine(): string {
  const { node, openssl, v8 } = process.versions
  const peers = 'jose 6.2.18, fast-jwt 6.3.6, jsonwebtoken 9.0.3'
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, Node ${node} (OpenSSL ${openssl}, V8 ${v8}), ${cpus().length} cores of ${cpus()[0]?.model}; ${peers}.`
}
