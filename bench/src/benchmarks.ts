import type { Benchmark } from './benchmark.ts'
import { engineBenchmark } from './engine-table.ts'

/** Every benchmark, by the name it is run by. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  engine: engineBenchmark,
}
