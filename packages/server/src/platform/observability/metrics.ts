import { metrics } from '../../domain/kernel/metrics.ts'
import type { Metrics } from '../../domain/kernel/ports.ts'

/** Metrics that can be exported. */
export interface Meter extends Metrics {
  /** Returns all metrics in the text format of Prometheus. */
  text(): Promise<string>
  /** The content type of the text. */
  readonly type: string
}

/** Metrics that record nothing. */
export const noMetrics: Metrics = { count() {}, observe() {}, watch() {} }

const prefix = 'countersign_'

/** Upper bounds in seconds: from a lookup in memory to the timeout of a caller. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Makes a meter on prom-client, which is loaded only if metrics are on. Includes the metrics of the process. */
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
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels, seconds),
    watch(name, read) {
      const { doc: help, labels } = metrics[name]
      const gauge: InstanceType<typeof Gauge> = new Gauge({
        name: prefix + name,
        help,
        labelNames: Object.keys(labels),
        registers,
        async collect(): Promise<void> {
          // A gauge that cannot be read is left out; the others are still exported.
          const readings = await Promise.resolve()
            .then(read)
            .catch(() => [])
          gauge.reset()
          if (readings.length === 0) gauge.remove() // otherwise prom-client reports 0
          for (const [given, value] of readings) gauge.set(given, value)
        },
      })
    },
    text: () => registry.metrics(),
    type: registry.contentType,
  }
}
