import { performance } from 'node:perf_hooks'

/** The number of operations, and their latencies in milliseconds. */
export interface Throughput {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The options of a load: an operation that several workers repeat without a pause. */
export interface Loop {
  readonly workers: number
  readonly milliseconds: number
  /** The warm-up; by default as long as the measurement. */
  readonly warmMilliseconds?: number
  /** Runs the operation once. A failure ends the measurement. */
  work(worker: number): Promise<unknown>
}

/** Measures a closed loop, in which each worker waits for its response. At saturation this understates the 99th percentile of every variant alike. */
export async function closedLoop(loop: Loop): Promise<Throughput> {
  const from = performance.now() + (loop.warmMilliseconds ?? loop.milliseconds)
  const until = from + loop.milliseconds
  const times: number[] = []
  await Promise.all(
    Array.from({ length: loop.workers }, async (_, worker) => {
      for (let now = performance.now(); now < until;) {
        await loop.work(worker)
        const done = performance.now()
        if (now >= from && done <= until) times.push(done - now)
        now = done
      }
    }),
  )
  return { perSecond: times.length / (loop.milliseconds / 1000), ...percentiles(times) }
}

/** Returns the median, the 99th percentile and the maximum. */
export function percentiles(times: readonly number[]): Omit<Throughput, 'perSecond'> {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
