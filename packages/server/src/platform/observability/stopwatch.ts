import type { Stopwatch } from '../../domain/kernel/ports.ts'

/** Measures with a clock that nobody sets. */
export const systemStopwatch: Stopwatch = () => {
  const from = performance.now()
  return () => (performance.now() - from) / 1000
}
