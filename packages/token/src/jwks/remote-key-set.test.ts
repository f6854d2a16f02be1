import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { codeOf, forge, headerFor, now, policyFor } from '../jwt/forge.fixture.ts'
import type { VerificationKey } from '../jwk/key.ts'
import { toJwks } from './key-set.ts'
import {
  fails,
  header,
  issuer,
  key,
  keysOf,
  next,
  sends,
  settled,
} from './remote-issuer.fixture.ts'
import { remoteKeySet, type RemoteKeySet } from './remote-key-set.ts'
import { fixedClock } from '../testing.ts'
import { createVerifier } from '../jwt/verifier.ts'

const findCode = (keys: RemoteKeySet, one: VerificationKey) =>
  codeOf(() => assert.ok(keys.find(header(one)), 'unknown'))

test('nothing is fetched before the first use, and then once for however many ask', async (t) => {
  const far = await issuer(t)
  const keys = keysOf(far)
  assert.equal(far.asked.length, 0)
  await Promise.all(Array.from({ length: 200 }, () => keys.refresh()))
  assert.equal(far.asked.length, 1)
  assert.equal(keys.find(header(key))?.id, key.id)
})

test('a verifier says key_unknown, the caller refreshes, and a rotated key is there', async (t) => {
  const far = await issuer(t)
  const keys = keysOf(far)
  await keys.refresh()
  far.answer = sends(toJwks([key, next]))
  const verifier = createVerifier(policyFor(next, { keys }))
  const token = forge(next, headerFor(next))
  assert.equal(
    codeOf(() => verifier.verify(token)),
    'key_unknown',
  )
  far.clock.advance(30)
  await keys.refresh()
  assert.equal(verifier.verify(token).keyId, next.id)
})

test('[B14] a flood of unknown kids makes one request in each cooldown', async (t) => {
  const far = await issuer(t)
  const keys = keysOf(far)
  await keys.refresh()
  const flood = () =>
    Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        assert.equal(keys.find(header(key, `forged-${at}`)), undefined)
        await keys.refresh()
      }),
    )
  await flood()
  assert.equal(far.asked.length, 1)
  far.clock.advance(30)
  await flood()
  assert.equal(far.asked.length, 2)
})

test('[B14] one damaged key does not take down the set; a set without a good one changes nothing', async (t) => {
  const [published] = toJwks([key]).keys
  const far = await issuer(t, sends({ keys: [null, 7, { kty: 'EC' }, { kty: 'x' }, published] }))
  const keys = keysOf(far)
  await keys.refresh()
  assert.equal(keys.find(header(key))?.id, key.id)
  for (const bad of [
    '',
    '[]',
    'null',
    '{}',
    '{"keys":{}}',
    '{"keys":[]}',
    '{"keys":[],"keys":[]}',
  ]) {
    far.answer = sends(bad)
    far.clock.advance(30)
    await keys.refresh()
    assert.match(String(keys.health().problem), /key set is invalid/, bad)
    assert.equal(keys.find(header(key))?.id, key.id, bad)
  }
})

suite('[B16] while the issuer is down', () => {
  test('keys are used for a bounded time, then nobody gets in, and it never looks like a bad token', async (t) => {
    const far = await issuer(t)
    const keys = keysOf(far, { fresh: 600, maxStale: 3600 })
    await keys.refresh()
    far.answer = fails
    far.clock.advance(600)
    assert.equal(findCode(keys, key), 'none') // starts a look-up, and does not wait for it
    await settled(keys, 2)
    assert.match(String(keys.health().problem), /status 500/)
    far.clock.advance(3599)
    assert.equal(findCode(keys, key), 'none')
    assert.equal(findCode(keys, next), 'key_set_unavailable') // it may well be good
    far.clock.advance(1)
    assert.equal(findCode(keys, key), 'key_set_unavailable')
    assert.equal(keys.health().usable, false)
    await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
    far.answer = sends(toJwks([key]))
    far.clock.advance(5)
    await keys.refresh()
    assert.equal(findCode(keys, key), 'none')
  })

  test('without any keys it is asked again every five seconds, no sooner', async (t) => {
    const far = await issuer(t, fails)
    const keys = keysOf(far)
    for (const requests of [1, 1, 1, 1, 1, 2]) {
      await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
      assert.equal(far.asked.length, requests)
      far.clock.advance(1)
    }
  })

  test('a remembered token is refused as soon as its key may no longer be used', async (t) => {
    const far = await issuer(t)
    const keys = keysOf(far)
    await keys.refresh()
    const verifier = createVerifier({ ...policyFor(key, { keys }), clock: fixedClock(now) })
    const token = forge(key, headerFor(key))
    assert.equal(verifier.verify(token), verifier.verify(token))
    far.answer = sends(toJwks([next]))
    far.clock.advance(30)
    await keys.refresh()
    assert.equal(
      codeOf(() => verifier.verify(token)),
      'key_unknown',
    )
  })
})

test('an unchanged set costs no body, and keys that did not change stay the same objects', async (t) => {
  const far = await issuer(t, sends(toJwks([key]), { etag: '"one"' }))
  const keys = keysOf(far)
  await keys.refresh()
  const before = keys.find(header(key))
  far.answer = (request, response) => {
    assert.equal(request.headers['if-none-match'], '"one"')
    response.writeHead(304).end()
  }
  far.clock.advance(600)
  await keys.refresh()
  assert.equal(keys.health().age, 0)
  assert.equal(keys.find(header(key)), before)
  far.answer = sends(toJwks([next, key]), { etag: '"two"' })
  far.clock.advance(600)
  await keys.refresh()
  assert.equal(keys.find(header(key)), before)
  assert.ok(keys.find(header(next)))
})

test('another fetch can be handed over', async () => {
  const asked: string[] = []
  const keys = remoteKeySet('https://issuer.example/jwks', {
    clock: fixedClock(now),
    fetch: async (url) => {
      asked.push(String(url))
      return Response.json(toJwks([key]), {
        headers: { 'content-type': 'application/jwk-set+json' },
      })
    },
  })
  await keys.refresh()
  assert.deepEqual(asked, ['https://issuer.example/jwks'])
  assert.ok(keys.find(header(key)))
})

test('it tells after each request how it is doing, and when it saw a key withdrawn', async (t) => {
  const far = await issuer(t)
  const told: unknown[] = []
  const keys = keysOf(far, { onLookup: ({ keys: count, problem }) => told.push([count, problem]) })
  await keys.refresh()
  assert.equal(keys.removedAt(key.id), undefined)
  far.answer = sends(toJwks([next]))
  far.clock.advance(30)
  await keys.refresh()
  assert.equal(keys.removedAt(key.id), now + 30)
  far.answer = fails
  far.clock.advance(30)
  await keys.refresh()
  assert.deepEqual(told, [
    [1, undefined],
    [1, undefined],
    [1, 'The key set is invalid: the answer has status 500'],
  ])
  far.answer = sends(toJwks([key]))
  far.clock.advance(30)
  await keys.refresh()
  assert.equal(keys.removedAt(key.id), undefined)
})
