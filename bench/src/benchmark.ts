import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** How much is measured. */
export interface BenchmarkOptions {
  /** How often each variant is measured. */
  readonly rounds: number
  /** Short rounds, to see that it works; the figures mean nothing. */
  readonly quick: boolean
  /** Only this part, where the benchmark has parts. */
  readonly only: string | undefined
  /** Told of each step, for a person who waits. */
  readonly progress: (line: string) => void
}

/** One benchmark: what it compares, and how it is run. */
export interface Benchmark {
  readonly title: string
  /** A line for `--help`. */
  readonly summary: string
  /** How it was measured, for the page. */
  readonly method: string
  /** Measures, and returns tables in Markdown. */
  run(options: BenchmarkOptions): Promise<string>
}

const page = new URL('../../docs/benchmarks.md', import.meta.url)

/** Keeps a benchmark's tables on the page; the sections of the others stay as they are. */
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

/** The day, the machine and the versions that a table was made with. */
export function machine(peers: string): string {
  const { node, openssl, v8 } = process.versions
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, Node ${node} (OpenSSL ${openssl}, V8 ${v8}), ${cpus().length} cores of ${cpus()[0]?.model}; ${peers}.`
}
