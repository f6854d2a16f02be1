import type { Clock } from '@countersign/token'
import type { Counter } from '../../domain/kernel/metrics.ts'
import type { Activity, Metrics } from '../../domain/kernel/ports.ts'

const step = 10 // seconds; fine enough to see a burst, and an hour is 360 numbers a series
const steps = 360
const maxSeries = 256 // labels have few values; if one should ever have many, only the first series are recorded

/** The counts of one series, as a ring buffer of steps. */
interface Series {
  readonly counts: Float64Array
  /** The latest step in the buffer. */
  newest: number
}

/** Adds to metrics the last hour of every counter, in memory, for the charts of the console. */
export function createActivity(metrics: Metrics, clock: Clock): Metrics & Activity {
  const series = new Map<string, Series>()
  const delays = { sum: newSeries(0), count: newSeries(0) }
  const now = () => Math.floor(clock.now() / step)
  return {
    ...metrics,
    count(name, labels) {
      metrics.count(name, labels)
      const key = keyOf(name, Object.values(labels))
      const known = series.get(key)
      if (!known && series.size >= maxSeries) return
      const one = known ?? newSeries(now())
      if (!known) series.set(key, one)
      add(one, now(), 1)
    },
    observe(name, labels, seconds) {
      metrics.observe(name, labels, seconds)
      if (name !== 'revocation_delay_seconds') return
      add(delays.sum, now(), seconds)
      add(delays.count, now(), 1)
    },
    recent() {
      const last = now()
      const lastHours = [...series].map(([key, one]) => [key, lastHour(one, last)] as const)
      const [sum, count] = [delays.sum, delays.count].map((one) => total(lastHour(one, last)))
      return {
        step,
        until: (last + 1) * step,
        counts: Object.fromEntries(lastHours),
        revocationDelay: sum && count ? sum / count : undefined,
      }
    },
  }
}

function newSeries(newest: number): Series {
  return { counts: new Float64Array(steps), newest }
}

function add(one: Series, at: number, amount: number): void {
  advance(one, at)
  one.counts[at % steps] = (one.counts[at % steps] ?? 0) + amount
}

/** The counts of a series, the oldest first. */
function lastHour(one: Series, last: number): readonly number[] {
  advance(one, last)
  const from = (last + 1) % steps
  return [...one.counts.subarray(from), ...one.counts.subarray(0, from)]
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}

/** The key of a series: `logins_total signed_in`. */
function keyOf(name: Counter, values: readonly string[]): string {
  return [name, ...values].join(' ')
}

/** Moves the buffer on to a step: clears the steps since the last count, which hold values of an hour ago. Does nothing if the clock was set back. */
function advance(one: Series, to: number): void {
  const passed = Math.min(to - one.newest, steps)
  for (let ago = 0; ago < passed; ago++) one.counts[(to - ago) % steps] = 0
  one.newest = Math.max(one.newest, to)
}
