import { metrics } from '../../domain/kernel/metrics.ts'
import type { Metrics } from '../../domain/kernel/ports.ts'

/** Metrics that can be read. */
export interface Meter extends Metrics {
  /** Everything, in the text format of Prometheus. */
  text(): Promise<string>
  /** The content type of that text. */
  readonly type: string
}

/** Counts nothing. */
export const noMetrics: Metrics = { count() {}, observe() {}, watch() {} }

const prefix = 'countersign_'

/** In seconds: from a look in memory to the time at which a caller gives up. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** A meter on prom-client, which is read only where somebody wants metrics. What the process itself does is in it too. */
export async function createMeter(): Promise<Meter> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry }) // event loop, heap, garbage collection, file descriptors
  const registers = [registry]
  const counters = new Map<string, InstanceType<typeof Counter>>()
  const histograms = new Map<string, InstanceType<typeof Histogram>>()
  for (const [key, { kind, doc: help, labels }] of Object.entries(metrics)) {
    const options = { name: prefix + key, help, labelNames: Object.keys(labels), registers }
    if (kind === 'counter') counters.set(key, new Counter(options))
    if (kind === 'histogram') histograms.set(key, new Histogram({ ...options, buckets }))
  }
  return {
    count: (name, labels) => counters.get(name)?.inc(labels),
    observe: (name, labels, took) => histograms.get(name)?.observe(labels, took),
    watch(name, read) {
      const { doc: help, labels } = metrics[name]
      const gauge: InstanceType<typeof Gauge> = new Gauge({
        name: prefix + name,
        help,
        labelNames: Object.keys(labels),
        registers,
        async collect(): Promise<void> {
          // A gauge that cannot be read is left out, and the others are still told.
          const readings = await Promise.resolve()
            .then(read)
            .catch(() => [])
          gauge.reset()
          if (readings.length === 0) gauge.remove() // else prom-client says 0
          for (const [given, value] of readings) gauge.set(given, value)
        },
      })
    },
    text: () => registry.metrics(),
    type: registry.contentType,
  }
}
