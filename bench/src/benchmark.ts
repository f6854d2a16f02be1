import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** The options of a measurement. */
export interface BenchmarkOptions {
  /** The number of measurements of each variant. */
  readonly rounds: number
  /** Short rounds, to test that it works; the figures are meaningless. */
  readonly quick: boolean
  /** Only this part, where the benchmark has parts. */
  readonly only: string | undefined
  /** Receives a line for each step, as progress. */
  readonly progress: (line: string) => void
}

/** A benchmark. */
export interface Benchmark {
  readonly title: string
  /** A line for `--help`. */
  readonly summary: string
  /** The method of measurement, for the page. */
  readonly method: string
  /** Measures, and returns tables in Markdown. */
  run(options: BenchmarkOptions): Promise<string>
}

const page = new URL('../../docs/benchmarks.md', import.meta.url)

/** Replaces the section of a benchmark on the page; other sections stay unchanged. */
export function keep(name: string, { title, method }: Benchmark, tables: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const made = `Written by \`npm run bench ${name} -- --write\`. ${method}`
  const section = `${begin}\n\n## ${title}\n\n${made}\n\n${tables.trim()}\n\n${end}`
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  const next =
    from < 0
      ? `${text.trimEnd()}\n\n${section}\n`
      : text.slice(0, from) + section + text.slice(to + end.length)
  writeFileSync(page, next)
}

/** Returns a table of names and figures, under the day and the machine. */
export function figureTable(rows: readonly (readonly [name: string, figure: string])[]): string {
  return [
    machine('no peers'),
    '',
    '| | |',
    '|---|---:|',
    ...rows.map(([name, figure]) => `| ${name} | ${figure} |`),
  ].join('\n')
}

/** Returns the day, the machine and the versions of a measurement. */
export function machine(peers: string): string {
  const { node, openssl, v8 } = process.versions
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, Node ${node} (OpenSSL ${openssl}, V8 ${v8}), ${cpus().length} cores of ${cpus()[0]?.model}; ${peers}.`
}
