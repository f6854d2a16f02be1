import type { Stopwatch } from '../../domain/kernel/ports.ts'

/** Measures with the monotonic clock. */
export const systemStopwatch: Stopwatch = () => {
  const from = performance.now()
  return () => (performance.now() - from) / 1000
}
