import { createTestIssuer } from '../testing/test-issuer.ts'
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { suite, test, type TestContext } from 'node:test'
import { createGuard, type Guard, type GuardOptions } from '../index.ts'
import { ask, type Served } from './serve.fixture.ts'

/** A server of one framework that calls `before` with each response, and then has `guard` before a route `/` that calls `handle`. */
export type ProtectAfter = (
  guard: Guard,
  before: (response: ServerResponse) => void,
  handle: () => void,
) => Promise<Served>

const firstAnswer = { by: 'the time-out' }
const answer = (response: ServerResponse) =>
  void response.writeHead(503).end(JSON.stringify(firstAnswer))

const timings: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'before the guard began': answer,
  'while the guard waited for keys': (response) => void setTimeout(answer, 20, response),
  'in part, and goes on after the refusal': (response) => {
    response.writeHead(503)
    setTimeout(() => response.end(JSON.stringify(firstAnswer)), 120)
  },
}

/** Runs what an adapter must do when its request has been answered by something else, or when the guard itself fails. */
export function answeredFirstContract(adapter: string, protect: ProtectAfter): void {
  suite(`[18.30] an adapter that is not alone: ${adapter}`, () => {
    for (const [name, before] of Object.entries(timings))
      test(`something else answered ${name}: nothing is written twice, and nothing rejects unheard`, async (t) => {
        const { unheard, guard, issuer } = world(t)
        await using server = await protect(guard, before, () => assert.fail('it was refused'))
        const headers = [['authorization', `Bearer ${issuer.badToken('of another key')}`]] as const
        const { status, body } = await ask(server.url, { headers })
        await delay(200)
        assert.deepEqual([status, body, unheard], [503, firstAnswer, []])
      })

    test('a guard that fails answers 500, and its error is reported', async (t) => {
      const failing = () => {
        throw new Error('a bug of the application')
      }
      const { unheard, guard, issuer, reported } = world(t, { onRefusal: failing })
      await using server = await protect(
        guard,
        () => undefined,
        () => assert.fail('it was refused'),
      )
      const missing = await fetch(server.url)
      const bad = { authorization: `Bearer ${issuer.badToken('of another key')}` }
      const later = await fetch(server.url, { headers: bad })
      assert.deepEqual([missing.status, later.status, unheard], [500, 500, []])
      await delay(20) // some frameworks report a moment later
      assert.equal(reported(), 2)
    })
  })
}

/** Returns a guard whose issuer takes 60 ms, and collects rejections that nothing handles. */
function world(t: TestContext, more: Pick<GuardOptions, 'onRefusal'> = {}) {
  const issuer = createTestIssuer()
  const unheard: unknown[] = []
  const listener = (reason: unknown) => void unheard.push(reason)
  process.on('unhandledRejection', listener)
  t.after(() => process.off('unhandledRejection', listener))
  const { mock } = t.mock.method(console, 'error', () => undefined)
  const guard = createGuard({
    issuer: issuer.url,
    audience: issuer.audience,
    clock: issuer.clock,
    fetch: async (input, init) => {
      await delay(30)
      return issuer.fetch(input, init)
    },
    ...more,
  })
  return { issuer, guard, unheard, reported: () => mock.callCount() }
}
