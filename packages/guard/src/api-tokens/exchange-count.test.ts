import { createGuard } from '@countersign/guard'
import { repetitions } from '@countersign/testing/proofs'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { requestView } from '../adapters/fetch.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'
import { madeUp } from './made-up.fixture.ts'

// An issuer counts exchanges while one guard gets 20,000 requests a second. The count does not depend on the rate, so the short form sends fewer
// requests. Time is compressed: a lifetime of 15 minutes passes after each batch. An exchange takes turns of the event loop, in which requests arrive.

const rate = 20_000 // requests a second
const tokenCount = 20
const lifetimes = repetitions({ short: 4, long: 30 })
const requestsPerLifetime = repetitions({ short: 1000, long: rate })
const pastLifetime = 1000 // seconds
const exchangeTurns = 20
const maxPerTurn = 200 // requests, so that a busy machine does not send all that are overdue at once

function requestWith(token: string) {
  const headers = { authorization: `Bearer ${token}` }
  return requestView(new Request('https://api.example/', { headers }))
}

test('an issuer sees one exchange for each API token and lifetime, and none is refused at a renewal; a made-up token costs one in a cooldown', async () => {
  const issuer = createTestIssuer()
  const { url, audience, clock } = issuer
  const fetch: typeof issuer.fetch = async (...request) => {
    for (let turn = 0; turn < exchangeTurns; turn++) await setImmediate()
    return issuer.fetch(...request)
  }
  const onEvent = () => undefined
  const trust = { issuer: url, audience, clock, timer: clock, fetch, onEvent }
  using guard = createGuard({ ...trust, apiTokens: true })
  const good = Array.from({ length: tokenCount }, () => requestWith(issuer.apiToken()))
  const bad = requestWith(madeUp())
  const seen = { allowed: 0, refused: 0, waited: 0 }

  async function send(request: (typeof good)[number]): Promise<void> {
    const answered = guard.check(request)
    if (answered instanceof Promise) seen.waited++
    const answer = answered instanceof Promise ? await answered : answered
    seen[answer.allowed ? 'allowed' : 'refused']++
    assert.equal(answer.allowed, request !== bad)
    if (!answer.allowed) assert.equal(answer.problem.code, 'token_invalid')
  }

  const first = good[0] ?? bad
  await Promise.all(Array.from({ length: 100 }, () => send(first)))
  assert.equal(issuer.exchanges, 1, 'a hundred concurrent first uses share one')

  const cpu = process.threadCpuUsage()
  const from = performance.now()
  for (let lifetime = 1; lifetime <= lifetimes; lifetime++) {
    const began = performance.now()
    const sent: Promise<void>[] = []
    while (sent.length < requestsPerLifetime) {
      const due = ((performance.now() - began) * rate) / 1000
      const target = Math.min(due, requestsPerLifetime, sent.length + maxPerTurn)
      while (sent.length < target) {
        const at = sent.length % (tokenCount + 1)
        sent.push(send(good[at] ?? bad))
      }
      await setImmediate()
    }
    await Promise.all(sent)
    assert.equal(issuer.exchanges, lifetime * (tokenCount + 1))
    clock.advance(pastLifetime)
  }
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.threadCpuUsage(cpu)
  const all = lifetimes * requestsPerLifetime
  assert.equal(seen.allowed + seen.refused, all + 100)
  assert.ok(seen.waited > lifetimes * tokenCount, 'requests came during the exchanges')
  console.log(
    `${all} requests at ${(all / seconds).toFixed(0)} a second, ${((user + system) / all).toFixed(1)} us of processor time each with all else;`,
    `${issuer.exchanges} exchanges for ${tokenCount} API tokens and one made up in ${lifetimes} lifetimes; ${seen.waited} requests waited, none of a good token was refused`,
  )
})
