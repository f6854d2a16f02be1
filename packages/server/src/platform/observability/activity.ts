import type { Clock } from '@countersign/token'
import type { Counter } from '../../domain/kernel/metrics.ts'
import type { Activity, Metrics } from '../../domain/kernel/ports.ts'

const step = 10 // seconds; fine enough to see a burst, and an hour of them is 360 numbers a series
const steps = 360
const maxSeries = 256 // labels have few values; should one ever have many, the hour is kept of the first ones

/** Numbers of one series, a ring of steps. */
interface Series {
  readonly counts: Float64Array
  /** The step that was counted last. */
  newest: number
}

/** Metrics that also remember the last hour of every counter, in memory: what the console draws. */
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
    observe(name, labels, took) {
      metrics.observe(name, labels, took)
      if (name !== 'revocation_delay_seconds') return
      add(delays.sum, now(), took)
      add(delays.count, now(), 1)
    },
    recent() {
      const last = now()
      const told = [...series].map(([key, one]) => [key, lastHour(one, last)] as const)
      const [sum, count] = [delays.sum, delays.count].map((one) => total(lastHour(one, last)))
      return {
        step,
        until: (last + 1) * step,
        counts: Object.fromEntries(told),
        revocationDelay: sum && count ? sum / count : undefined,
      }
    },
  }
}

function newSeries(newest: number): Series {
  return { counts: new Float64Array(steps), newest }
}

function add(one: Series, at: number, amount: number): void {
  wind(one, at)
  one.counts[at % steps] = (one.counts[at % steps] ?? 0) + amount
}

/** The numbers of a series, the oldest first. */
function lastHour(one: Series, last: number): readonly number[] {
  wind(one, last)
  const from = (last + 1) % steps
  return [...one.counts.subarray(from), ...one.counts.subarray(0, from)]
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}

/** A counter and its labels' values: `logins_total signed_in`. */
function keyOf(name: Counter, values: readonly string[]): string {
  return [name, ...values].join(' ')
}

/** Empties the steps that have come since the last count: they hold what was an hour ago. A clock that was set back empties nothing. */
function wind(one: Series, to: number): void {
  const passed = Math.min(to - one.newest, steps)
  for (let ago = 0; ago < passed; ago++) one.counts[(to - ago) % steps] = 0
  one.newest = Math.max(one.newest, to)
}
