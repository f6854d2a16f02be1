import { performance } from 'node:perf_hooks'

/** How often something was done, and how long it took: milliseconds. */
export interface Throughput {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** What is done by so many at once, each beginning again as soon as it is done. */
export interface Loop {
  readonly workers: number
  readonly milliseconds: number
  /** Done before the clock starts, as long again when it is left out. */
  readonly warmMilliseconds?: number
  /** Once; throws when it fails, which ends the measurement. */
  work(worker: number): Promise<unknown>
}

/** A closed loop: as fast as it goes, never faster. Its 99th percentile at saturation flatters everybody alike. */
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

/** The middle, the hundredth worst and the worst. */
export function percentiles(times: readonly number[]): Omit<Throughput, 'perSecond'> {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
