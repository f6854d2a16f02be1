import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { inspect } from 'node:util'
import { testServer } from '../../testing.ts'

const exporter = new InMemorySpanExporter()
const late = new InMemorySpanExporter() // exports spans once a minute, or on a flush
const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

before(() => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      spanProcessors: [
        new SimpleSpanProcessor(exporter),
        new BatchSpanProcessor(late, { scheduledDelayMillis: 60_000 }),
      ],
    }),
  )
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
})
beforeEach(() => exporter.reset())

const login = (password: string, more: Readonly<Record<string, string>> = {}) =>
  new Request('http://localhost/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more },
    body: JSON.stringify({ username: 'admin', password }),
  })
const spans = () => exporter.getFinishedSpans()
const requestOf = (all: readonly ReadableSpan[]) =>
  all.find(({ name }) => name === 'POST /login') ?? assert.fail('no span of the request')

test('a request is one trace, with its statements, its hash and its signature', async () => {
  await using server = await testServer({ COUNTERSIGN_TRACES_SPANS: 'on' })
  exporter.reset()
  const answer = await server.fetch(login('password'))
  const request = requestOf(spans())
  const { traceId, spanId } = request.spanContext()
  // The server's own work meanwhile, such as the search for mail to send, is part of no request.
  const own = spans().filter((span) => span.spanContext().traceId === traceId)
  const names = new Set(own.map(({ name }) => name))
  for (const name of ['database select', 'database insert', 'password verify', 'token sign'])
    assert.ok(names.has(name), `${name} is among ${[...names].join(', ')}`)
  const hash = own.find(({ name }) => name === 'password verify')
  assert.equal(hash?.parentSpanContext?.spanId, spanId)
  assert.equal(request.attributes['http.route'], '/login')
  assert.equal(request.attributes['http.response.status_code'], 200)
  assert.equal(request.attributes['countersign.request_id'], answer.headers.get('x-request-id'))
})

test('traces contain nothing that a caller sent', async () => {
  await using server = await testServer({ COUNTERSIGN_TRACES_SPANS: 'on' })
  await server.fetch(login('planted-password', { cookie: 'planted-cookie=1' }))
  await server.fetch(new Request('http://localhost/planted-path?planted-query'))
  await server.fetch(
    new Request('http://localhost/me', { headers: { authorization: 'Bearer planted' } }),
  )
  assert.ok(spans().length > 3)
  for (const { name, attributes, events, status } of spans())
    assert.doesNotMatch(inspect([name, attributes, events, status], { depth: 9 }), /planted/)
})

test('only a declared proxy can set the parent of a trace', async () => {
  await using server = await testServer({
    COUNTERSIGN_TRACES_SPANS: 'on',
    COUNTERSIGN_PROXY_ADDRESSES: '10.0.0.1',
  })
  const traceIdFrom = async (address: string) => {
    exporter.reset()
    await server.fetch(login('password', { traceparent: caller }), { address })
    return requestOf(spans()).spanContext().traceId
  }
  assert.ok(caller.includes(await traceIdFrom('10.0.0.1')))
  assert.ok(!caller.includes(await traceIdFrom('10.0.0.2')))
})

test('without the setting there are no spans', async () => {
  await using server = await testServer()
  await server.fetch(login('password'))
  assert.deepEqual(spans(), [])
})

test('a server that ends sends what has not been sent', async () => {
  const server = await testServer({ COUNTERSIGN_TRACES_SPANS: 'on' })
  late.reset()
  await server.fetch(login('password'))
  assert.deepEqual(late.getFinishedSpans(), [])
  await server.close()
  requestOf(late.getFinishedSpans())
})
