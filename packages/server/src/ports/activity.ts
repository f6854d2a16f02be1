import type { Clock } from '@countersign/token'
import type { Counter } from '../domain/metrics.ts'
import type { Activity, Metrics } from '../domain/ports.ts'

const step = 10 // seconds; fine enough to see a burst, and an hour of them is 360 numbers a series
const steps = 360
const mostSeries = 256 // labels have few values; should one ever have many, the hour is kept of the first ones

/** Counts of one series, a ring of steps. */
interface Series {
  readonly counts: Uint32Array
  /** The step that was counted last. */
  newest: number
}

/** Metrics that also remember the last hour of every counter, in memory: what the console draws. */
export function createActivity(metrics: Metrics, clock: Clock): Metrics & Activity {
  const series = new Map<string, Series>()
  const now = () => Math.floor(clock.now() / step)
  return {
    ...metrics,
    count(name, labels) {
      metrics.count(name, labels)
      const key = keyOf(name, Object.values(labels))
      const known = series.get(key)
      if (!known && series.size >= mostSeries) return
      const one = known ?? { counts: new Uint32Array(steps), newest: now() }
      if (!known) series.set(key, one)
      wind(one, now())
      const at = now() % steps
      one.counts[at] = (one.counts[at] ?? 0) + 1
    },
    recent() {
      const last = now()
      const counts: Record<string, number[]> = {}
      for (const [key, one] of series) {
        wind(one, last)
        const from = (last + 1) % steps
        counts[key] = [...one.counts.subarray(from), ...one.counts.subarray(0, from)]
      }
      return { step, until: (last + 1) * step, counts }
    },
  }
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
