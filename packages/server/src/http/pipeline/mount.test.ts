import { cookieNamesOf } from '@countersign/guard'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import type { Services } from './services.ts'
import { fail } from '../../failures.ts'
import type { CallerFailureCode } from '../../failures/caller-failures.ts'
import { createLog } from '../../platform/observability/log.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import { systemStopwatch } from '../../platform/observability/stopwatch.ts'
import { noTracer } from '../../platform/observability/traces.ts'
import { createAddresses } from '../client-address/client-address.ts'
import { mount } from './mount.ts'
import { route, type Route } from './route.ts'

/** Mounts one route with the given handler, and sends it a request. */
async function request(
  handle: () => unknown,
  strict = true,
  failures: readonly CallerFailureCode[] = [],
) {
  let written = ''
  const log = createLog({ level: 'info', readable: false }, { write: (line) => (written += line) })
  const verifier = { verify: () => assert.fail('a public route verifies nothing') }
  const one = route({
    method: 'GET',
    path: '/x',
    summary: 'X',
    limit: { none: 'a test' },
    access: 'public',
    answer: z.strictObject({ ok: z.boolean() }),
    failures,
    example: { answer: { ok: true } },
    handle: handle as () => { ok: boolean },
  })
  const policies = { limits: {} }
  const outside = { log, metrics: noMetrics, stopwatch: systemStopwatch, tracer: noTracer }
  const issuer = { url: 'http://localhost', verifier }
  const statusLists = { statusOf: () => 'good' }
  const runtime = { ...outside, issuer, statusLists, policies } as unknown as Services // everything that mount itself uses
  const addresses = createAddresses({ proxies: [], header: 'none' })
  const ownOrigin = 'http://localhost'
  const cookieNames = cookieNamesOf(ownOrigin)
  const edge = { strict, addresses, ownOrigin, origins: [], cookieNames, production: false }
  const response = await mount([one as unknown as Route], runtime, edge).app.request('/x', {}, {})
  return { status: response.status, body: await response.text(), log: written }
}

test('an unexpected error is logged completely, and the caller gets the request id only', async () => {
  const { status, body, log } = await request(() => {
    throw new Error('canary-in-the-mine')
  })
  assert.equal(status, 500)
  assert.ok(!body.includes('canary'))
  const { code, instance } = JSON.parse(body) as Record<string, string>
  assert.equal(code, 'internal')
  assert.match(log, /canary-in-the-mine/)
  assert.ok(log.includes(String(instance).replace('urn:uuid:', '')))
})

test('in development an unlisted failure is a bug, and so is an answer that does not match the schema', async () => {
  const busy = () => {
    throw fail('busy')
  }
  assert.equal((await request(busy)).status, 500)
  assert.equal((await request(busy, true, ['busy'])).status, 503)
  assert.equal((await request(busy, false)).status, 503)
  for (const code of ['database_unreachable', 'database_unusable', 'database_moving'] as const) {
    const { status, body } = await request(() => {
      throw fail(code)
    })
    assert.deepEqual([status, body.includes(code)], [503, true], 'every route may have it')
  }
  assert.equal((await request(() => ({ ok: true, more: 1 }))).status, 500)
  assert.equal((await request(() => ({ ok: true }))).status, 200)
})

test('from 500 on, no detail reaches the caller', async () => {
  const unusable = () => {
    throw fail('database_unusable', { detail: 'canary' })
  }
  const { body, log } = await request(unusable, true, ['database_unusable'])
  assert.ok(!body.includes('canary'))
  assert.match(log, /canary/)
})

test('a 503 of a server that is not at fault is logged in a few words, and a failure with its stack', async () => {
  const moving = await request(() => {
    throw fail('database_moving')
  })
  assert.match(moving.log, /"level":"info".*"code":"database_moving".*"refused"/)
  assert.doesNotMatch(moving.log, /stack|"failed"/)
  const unusable = await request(() => {
    throw fail('database_unusable', { detail: 'canary' })
  })
  assert.match(unusable.log, /"level":"error".*canary.*stack.*"failed"/)
})
