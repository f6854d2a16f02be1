import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { connectFeed } from './feed-connection.ts'

/** Returns the seconds between the connections of a feed whose server always responds in one way, in ten minutes. */
async function delaysAfter(respond: () => Response): Promise<readonly number[]> {
  const clock = fixedClock(1_800_000_000)
  const times: number[] = []
  const feed = connectFeed({
    address: 'https://issuer.example/status-lists/1',
    clock,
    timer: clock,
    seq: () => 0,
    onData: async () => undefined,
    onState: () => {},
    fetch: async () => {
      times.push(clock.now())
      return respond()
    },
  })
  for (let tenth = 0; tenth < 6_000; tenth++) {
    await setImmediate()
    clock.advance(0.1)
  }
  feed.close()
  return times.slice(1).map((time, at) => time - Number(times[at]))
}

const headers = { 'content-type': 'text/event-stream' }
const full = (seconds: number) => new Response('', { status: 503, headers: { 'retry-after': `${seconds}` } }) // prettier-ignore

suite('the delay before a feed is connected again', () => {
  test('is at least what the issuer requests, also after the first failures', async () => {
    for (const [respond, requested] of [
      [() => full(5), 5],
      [() => full(20), 20],
      [() => new Response('retry: 3000\n\n', { headers }), 3],
    ] as const) {
      const delays = await delaysAfter(respond)
      assert.ok(Math.min(...delays) >= requested - 0.001, `${Math.min(...delays)} of ${requested}`)
      assert.ok(Math.max(...delays) <= 30.5, `${Math.max(...delays)} of ${requested}`)
    }
  })

  test('is 30 s at most, also if the issuer requests more', async () => {
    const delays = await delaysAfter(() => full(3_600))
    assert.ok(Math.min(...delays) >= 19.999, String(Math.min(...delays)))
    assert.ok(Math.max(...delays) <= 30.5, String(Math.max(...delays)))
  })

  test('grows while nothing is requested and no connection succeeds', async () => {
    const delays = await delaysAfter(() => new Response('', { status: 404 }))
    assert.ok(Number(delays[0]) < 0.5)
    assert.ok(Number(delays.at(-1)) >= 15 && Math.max(...delays) <= 30.5, String(delays.at(-1)))
  })
})
