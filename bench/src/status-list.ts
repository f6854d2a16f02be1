import { execFileSync } from 'node:child_process'
import { figureTable, type Benchmark, type BenchmarkOptions } from './benchmark.ts'

/** Measures the cost of a status list: for the issuer that builds it, and for the guard that stores it and reads it for every request. */
export const statusListBenchmark: Benchmark = {
  title: 'A status list of a million sessions',
  summary:
    'size, build, memory and look-up of a list of 2^20 with 1 % revoked; what it adds to a guard',
  method: `2^20 sessions, 1 % of them revoked, scattered. A cached token is checked by a guard that follows the list and by one that does not,
alternately, in reversed order every round. "Adds" is the difference within a round: median; minimum-maximum. The memory is the difference in a guard
before and after it has loaded the list, after garbage collection, with bytes outside the heap.`,
  run,
}

async function run({ rounds, quick }: BenchmarkOptions): Promise<string> {
  const child = new URL('status-list-child.ts', import.meta.url).pathname
  const flags = ['--expose-gc', '--conditions=@countersign/source']
  const calls = quick ? 10_000 : 1_000_000
  const output = execFileSync(process.execPath, [...flags, child, `${calls}`, `${rounds}`], {
    encoding: 'utf8',
  })
  const of = JSON.parse(output) as Readonly<Record<string, number>>
  const figure = (name: string, digits = 0) => of[name]?.toFixed(digits) ?? '-'
  const rows: readonly (readonly [string, string])[] = [
    ['bits', `${figure('rawKiB')} KiB`],
    ['Status List Token', `${figure('tokenKiB', 1)} KiB`],
    ['compress and sign', `${figure('buildMs', 1)} ms`],
    ['verify and inflate', `${figure('readMs', 1)} ms`],
    ['memory in a guard', `${figure('guardKiB')} KiB`],
    ['checking one bit', `${figure('bitNs', 1)} ns`],
    ['a cached token, checked without its bit', `${figure('withoutNs')} ns`],
    ['a cached token, checked with its bit', `${figure('lookingNs')} ns`],
    ['the bit adds', `${figure('addsNs')}; ${figure('least')}-${figure('greatest')} ns`],
  ]
  return figureTable(rows)
}
