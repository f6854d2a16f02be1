import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { systemTimer } from '@countersign/token/internal'
import type { GuardEvent } from '../index.ts'
import { createAccessTokens } from './access-tokens.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'
import { madeUp } from './made-up.fixture.ts'

/** A test issuer, and a guard that accepts its API tokens. */
function setUp() {
  const issuer = createTestIssuer()
  const events: GuardEvent[] = []
  const onEvent = (event: GuardEvent) => void events.push(event)
  const guard = issuer.guard({ apiTokens: true, revocation: 'feed', onEvent })
  const ask = async (token: string, scopes: readonly string[] = []) => {
    const answer = await guard.checkToken(token, { scopes })
    return answer.allowed ? answer.principal.subject : answer.problem.code
  }
  /** Lets time pass in steps, so that the feed of the issuer keeps its list current. */
  const pass = async (seconds: number) => {
    for (let left = seconds; left > 0; left -= 5) {
      issuer.clock.advance(Math.min(5, left))
      await issuer.settle()
    }
  }
  const exchanges = () => events.flatMap((one) => (one.kind === 'exchange' ? [one.outcome] : []))
  return { issuer, guard, ask, pass, exchanges, [Symbol.dispose]: () => guard.close() }
}

suite('an API token', () => {
  test('is exchanged once in the lifetime of its access token, and then checked in memory', async () => {
    using parts = setUp()
    const { issuer, guard, ask, pass } = parts
    const token = issuer.apiToken({ sub: 'robot' })
    const all = await Promise.all(Array.from({ length: 100 }, () => ask(token)))
    assert.deepEqual(new Set(all), new Set(['robot']))
    for (let n = 0; n < 100; n++)
      assert.ok(!(guard.checkToken(token) instanceof Promise), 'and no promise is made')
    assert.equal(issuer.exchanges, 1)

    await pass(899)
    assert.equal(await ask(token), 'robot')
    assert.equal(issuer.exchanges, 1)
    await pass(10)
    assert.equal(await ask(token), 'robot')
    assert.equal(issuer.exchanges, 2, 'once again after its access token has expired')
    assert.deepEqual(parts.exchanges(), ['exchanged', 'exchanged'])
  })

  test('expires within the same second as its access token would, also when it is used all the time', async () => {
    using parts = setUp()
    const { issuer, guard, ask, pass } = parts
    const [apiToken, accessToken] = [issuer.apiToken({ sub: 'robot' }), issuer.token()]
    assert.deepEqual([await ask(apiToken), await ask(accessToken)], ['robot', 'ada'])
    await pass(890)
    let seconds = 0
    for (; (await ask(accessToken)) === 'ada'; seconds++) {
      assert.ok(!(guard.checkToken(apiToken) instanceof Promise))
      assert.equal(issuer.exchanges, 1)
      await pass(1)
    }
    assert.ok(seconds > 1)
    assert.equal(await ask(apiToken), 'robot')
    assert.equal(issuer.exchanges, 2)
  })

  test('that was used a moment ago is verified all the same: its key, its status and its scopes', async () => {
    using parts = setUp()
    const { issuer, ask, pass } = parts
    const token = issuer.apiToken({ sub: 'robot', scope: 'notes:read' })
    const use = async () => {
      for (let n = 0; n < 3; n++) assert.equal(await ask(token, ['notes:read']), 'robot')
    }
    await use()
    assert.equal(await ask(token, ['notes:write']), 'scope_missing')
    issuer.rotate()
    await pass(61) // until the guard may ask for the key set again
    assert.equal(await ask(issuer.token()), 'ada')
    await use()
    assert.equal(issuer.exchanges, 2, 'its access token had the key that is gone')
    await issuer.revoke(token)
    assert.equal(await ask(token, ['notes:read']), 'token_invalid')
  })

  test('has the scopes of its access token (RFC 6750: insufficient_scope)', async () => {
    using parts = setUp()
    const token = parts.issuer.apiToken({ sub: 'robot', scope: 'notes:read' })
    assert.equal(await parts.ask(token, ['notes:read']), 'robot')
    const refused = await parts.guard.checkToken(token, { scopes: ['notes:write'] })
    assert.ok(!refused.allowed)
    assert.deepEqual([refused.status, refused.problem.code], [403, 'scope_missing'])
    assert.match(refused.headers['www-authenticate'] ?? '', /^Bearer error="insufficient_scope"/)
    assert.equal(parts.issuer.exchanges, 1)
  })

  test('is refused as soon as it is revoked, and the issuer is asked once in a cooldown', async () => {
    using parts = setUp()
    const { issuer, ask } = parts
    const token = issuer.apiToken({ sub: 'robot' })
    assert.equal(await ask(token), 'robot')
    await issuer.revoke(token)
    for (let n = 0; n < 50; n++) assert.equal(await ask(token), 'token_invalid')
    assert.equal(issuer.exchanges, 2)
    issuer.clock.advance(31)
    await issuer.settle()
    for (let n = 0; n < 50; n++) assert.equal(await ask(token), 'token_invalid')
    assert.equal(issuer.exchanges, 3)
  })

  test('is refused when it is revoked, also while the issuer cannot be asked', async () => {
    using parts = setUp()
    const { issuer, ask } = parts
    const [token, other] = [issuer.apiToken({ sub: 'robot' }), issuer.apiToken({ sub: 'other' })]
    assert.deepEqual([await ask(token), await ask(other)], ['robot', 'other'])
    await issuer.revoke(token)
    issuer.network = 'down'
    assert.equal(await ask(token), 'token_revoked')
    assert.equal(await ask(other), 'other')
  })

  test('is exchanged again when its rights change, and no request is refused for that', async () => {
    using parts = setUp()
    const { issuer, ask } = parts
    const token = issuer.apiToken({ sub: 'robot', scope: 'notes:read' })
    assert.equal(await ask(token, ['notes:read']), 'robot')
    await issuer.changeApiToken(token, { sub: 'robot', scope: 'notes:write' })
    assert.equal(await ask(token, ['notes:write']), 'robot')
    assert.equal(await ask(token, ['notes:read']), 'scope_missing')
    for (let n = 0; n < 3; n++) {
      await issuer.changeApiToken(token, { sub: 'robot', scope: `notes:${n}` })
      assert.equal(await ask(token, [`notes:${n}`]), 'robot', 'also several times within a second')
    }
    assert.equal(issuer.exchanges, 5)
  })

  test('is good while the issuer is down, if it is known; a new one is 503, and good afterwards', async () => {
    using parts = setUp()
    const { issuer, guard, ask } = parts
    const [known, late] = [issuer.apiToken({ sub: 'known' }), issuer.apiToken({ sub: 'late' })]
    assert.equal(await ask(known), 'known')
    for (const network of ['down', 'failing'] as const) {
      issuer.network = network
      assert.equal(await ask(known), 'known')
      const refused = await guard.checkToken(late)
      assert.ok(!refused.allowed)
      assert.deepEqual([refused.status, refused.problem.code], [503, 'exchange_unavailable'])
      assert.equal(refused.headers['retry-after'], '5')
      issuer.clock.advance(6)
    }
    issuer.network = 'up'
    assert.equal(await ask(late), 'late')
    assert.equal(await ask(known), 'known')
  })

  test('that is mistyped is refused without a request', async () => {
    using parts = setUp()
    const token = parts.issuer.apiToken()
    const other = token[10] === 'x' ? 'y' : 'x'
    const mistyped = [
      `${token.slice(0, 10)}${other}${token.slice(11)}`,
      token.slice(0, -1),
      `${token}A`,
      'csk_',
      `csk_${'\u00e9'.repeat(135)}`,
    ]
    for (const one of mistyped) assert.equal(await parts.ask(one), 'token_invalid', one)
    assert.equal(parts.issuer.exchanges, 0)
  })

  test('is an invalid token for a guard that does not accept API tokens', async () => {
    const issuer = createTestIssuer()
    const refused = await issuer.guard().checkToken(issuer.apiToken())
    assert.equal(refused.allowed ? '' : refused.problem.code, 'token_invalid')
    assert.equal(issuer.exchanges, 0)
  })
})

suite('[20.20] made-up API tokens with a right checksum', () => {
  test('one costs at most one exchange in a cooldown', async () => {
    using parts = setUp()
    const token = madeUp()
    for (let n = 0; n < 50; n++) assert.equal(await parts.ask(token), 'token_invalid')
    assert.equal(parts.issuer.exchanges, 1)
    parts.issuer.clock.advance(31)
    for (let n = 0; n < 50; n++) assert.equal(await parts.ask(token), 'token_invalid')
    assert.equal(parts.issuer.exchanges, 2)
  })

  test('[20.20] many are limited in rate, and lock out no token that is known, also when it must be exchanged again', async () => {
    using parts = setUp()
    const { issuer, ask } = parts
    const known = issuer.apiToken({ sub: 'known' })
    assert.equal(await ask(known), 'known')
    const answers = await Promise.all(Array.from({ length: 5000 }, () => ask(madeUp())))
    assert.deepEqual(new Set(answers), new Set(['token_invalid', 'exchange_unavailable']))
    assert.equal(issuer.exchanges, 1 + 50)
    assert.equal(await ask(known), 'known')

    await parts.pass(906) // its access token has expired
    await Promise.all(Array.from({ length: 5000 }, () => ask(madeUp())))
    assert.equal(await ask(known), 'known')
    assert.equal(issuer.exchanges, 1 + 50 + 50 + 1)
  })

  test('[20.35] a flood of them keeps no good token waiting, though it is new to the guard', async () => {
    using parts = setUp()
    const { issuer, ask } = parts
    assert.equal(await ask(issuer.apiToken({ sub: 'first' })), 'first')
    for (let round = 0; round < 3; round++) {
      const flood = Array.from({ length: 2000 }, () => ask(madeUp()))
      const good = Array.from({ length: 100 }, () => ask(issuer.apiToken({ sub: 'robot' })))
      assert.deepEqual(new Set(await Promise.all(good)), new Set(['robot']))
      await Promise.all(flood)
    }
    assert.equal(issuer.exchanges, 1 + 3 * 100 + 50, 'and costs no more exchanges than before')
  })

  test('[20.35] an issuer that limits them delays no token that it has signed', async () => {
    const limited = { kind: 'limited', retryAfter: 60 } as const
    const tokens = createAccessTokens({
      clock: { now: () => 1 },
      timer: systemTimer,
      isGenuine: (apiToken) => apiToken === genuine,
      exchange: async (apiToken) =>
        apiToken === genuine ? { kind: 'exchanged', accessToken: 'a.b.c' } : limited,
      onExchange: () => undefined,
    })
    const genuine = madeUp()
    await tokens.load(madeUp())
    assert.equal(tokens.load(madeUp()), undefined, 'they pause')
    await tokens.load(genuine)
    assert.equal(tokens.find(genuine), 'a.b.c')
  })

  test('good ones do not count: a thousand callers that are new to a guard are admitted at once', async () => {
    using parts = setUp()
    const { issuer, ask } = parts
    for (let round = 0; round < 20; round++) {
      const tokens = Array.from({ length: 50 }, () => issuer.apiToken({ sub: 'robot' }))
      const answers = await Promise.all(tokens.map((token) => ask(token)))
      assert.deepEqual(new Set(answers), new Set(['robot']))
    }
    assert.equal(issuer.exchanges, 1000)
  })
})
