import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root, scratch } from '@countersign/testing/files'
import { machine, type Benchmark, type BenchmarkOptions } from '../benchmark.ts'
import { median } from '../statistics.ts'
import { environment } from './countersign.ts'
import { startMeasured, type Program } from './measured.ts'

/** Measures what Countersign adds to the start of an application that it lives in. */
export const embedBenchmark: Benchmark = {
  title: 'Start of an application, with Countersign inside',
  summary: 'start to first answer and memory of a Hono application, with and without',
  method: `The built packages in a Hono application, from the start of the process to its first response, on an existing database, interleaved; processor time
and memory (RSS) after that response.`,
  run,
}

async function run({ rounds, progress }: BenchmarkOptions): Promise<string> {
  using folder = scratch()
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'pipe' })
  const { COUNTERSIGN_ISSUER_URL: _, ...env } = environment(
    `sqlite:${join(folder.path, 'bench.db')}`,
  )
  const programOf = (name: string): Program => ({
    file: new URL('embedding-child.ts', import.meta.url),
    args: [name],
    env,
    ready: '/',
    built: true,
  })
  await (await startMeasured(programOf('with')))[Symbol.asyncDispose]() // makes the database
  const seen = { without: newFigures(), with: newFigures() }
  for (let round = 0; round < rounds; round++)
    for (const [name, figures] of Object.entries(seen)) {
      await using server = await startMeasured(programOf(name))
      const { rssMiB, cpuMicroseconds } = await server.usage()
      figures.startMs.push(server.startMs)
      figures.cpuMs.push(cpuMicroseconds / 1000)
      figures.rssMiB.push(rssMiB)
      progress(`start ${name} Countersign: round ${round + 1} of ${rounds}`)
    }
  const [less, more] = [seen.without, seen.with].map(mediansOf)
  const row = (label: string, figures: readonly number[] = []) =>
    `| ${label} | ${figures.map((one) => one.toFixed(0)).join(' | ')} |`
  const added = more?.map((figure, at) => figure - (less?.[at] ?? 0))
  return [
    machine('Hono 4.13.19'),
    '',
    '| | start, ms | processor time, ms | memory, MiB |',
    '|---|---:|---:|---:|',
    row('Hono', less),
    row('**Hono with Countersign inside**', more),
    row('added', added),
  ].join('\n')
}

interface Figures {
  readonly startMs: number[]
  readonly cpuMs: number[]
  readonly rssMiB: number[]
}

const newFigures = (): Figures => ({ startMs: [], cpuMs: [], rssMiB: [] })

function mediansOf({ startMs, cpuMs, rssMiB }: Figures): readonly number[] {
  return [startMs, cpuMs, rssMiB].map((figures) => median(figures))
}
