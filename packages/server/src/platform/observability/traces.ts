import type { Context, Span } from '@opentelemetry/api'
import { setTimeout } from 'node:timers/promises'
import type { Tracer } from '../../domain/kernel/ports.ts'

/** Traces nothing. */
export const noTracer: Tracer = {
  request: (_caller, work) => work(),
  note() {},
  span: (_name, work) => work(),
  async flush() {},
}

const patience = 2_000 // milliseconds; who collects traces and does not answer keeps no server from ending

/**
 * Traces by the API of OpenTelemetry, which is read only where somebody wants traces. What becomes of the spans is the matter of the SDK
 * that the operator has loaded before us (`--import`); without one nothing does.
 */
export async function createTracer(): Promise<Tracer> {
  const { context, propagation, SpanKind, SpanStatusCode, trace } =
    await import('@opentelemetry/api')
  const tracer = trace.getTracer('countersign')

  async function within<T>(span: Span, parent: Context, work: () => Promise<T>): Promise<T> {
    try {
      return await context.with(trace.setSpan(parent, span), work)
    } catch (error) {
      // The code and nothing else: a message could hold what no trace may.
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  }

  return {
    async request(caller, work, tell) {
      const parent = propagation.extract(context.active(), caller)
      const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, parent)
      await within(span, parent, async () => {
        await work()
        const { name, facts, failed } = tell()
        span.updateName(name)
        span.setAttributes(facts)
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
      })
    },
    span: (name, work) => within(tracer.startSpan(name), context.active(), work),
    note(name, took) {
      const end = Date.now()
      tracer.startSpan(name, { startTime: end - took * 1000 }).end(end)
    },
    async flush() {
      const sent = forceFlush(trace.getTracerProvider())
      await Promise.race([sent.catch(() => {}), setTimeout(patience, undefined, { ref: false })])
    },
  }
}

/** What every SDK can do and the API does not tell of. It may have come with another copy of the API, so nobody asks for its class. */
async function forceFlush(provider: object): Promise<void> {
  const { getDelegate, forceFlush: flush } = provider as Partial<
    Record<'getDelegate' | 'forceFlush', () => unknown>
  >
  if (getDelegate) return forceFlush(getDelegate.call(provider) as object)
  await flush?.call(provider)
}
