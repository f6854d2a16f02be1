import type { Context, Span } from '@opentelemetry/api'
import { setTimeout } from 'node:timers/promises'
import type { Tracer } from '../../domain/kernel/ports.ts'

/** A tracer that records nothing. */
export const noTracer: Tracer = {
  request: (_caller, work) => work(),
  note() {},
  span: (_name, work) => work(),
  async flush() {},
}

const flushTimeout = 2_000 // milliseconds; a collector that does not answer must not keep the server from stopping

/**
 * Makes a tracer on the API of OpenTelemetry, which is loaded only if traces are on. The SDK that the operator loads before the server
 * (`--import`) exports the spans; without one they are dropped.
 */
export async function createTracer(): Promise<Tracer> {
  const { context, propagation, SpanKind, SpanStatusCode, trace } =
    await import('@opentelemetry/api')
  const tracer = trace.getTracer('countersign')

  async function within<T>(span: Span, parent: Context, work: () => Promise<T>): Promise<T> {
    try {
      return await context.with(trace.setSpan(parent, span), work)
    } catch (error) {
      // Only the status: a message could contain secrets or personal data.
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  }

  return {
    async request(caller, work, describe) {
      const parent = propagation.extract(context.active(), caller)
      const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, parent)
      await within(span, parent, async () => {
        await work()
        const { name, facts, failed } = describe()
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
      await Promise.race([
        sent.catch(() => {}),
        setTimeout(flushTimeout, undefined, { ref: false }),
      ])
    },
  }
}

/** Calls the SDK's `forceFlush`, which is not part of the API. No `instanceof`: the SDK may use another copy of the API. */
async function forceFlush(provider: object): Promise<void> {
  const { getDelegate, forceFlush: flush } = provider as Partial<
    Record<'getDelegate' | 'forceFlush', () => unknown>
  >
  if (getDelegate) return forceFlush(getDelegate.call(provider) as object)
  await flush?.call(provider)
}
