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

test('nothing is fetched before the first use, and then once for all concurrent callers', async (t) => {
  const remote = await issuer(t)
  const keys = keysOf(remote)
  assert.equal(remote.received.length, 0)
  await Promise.all(Array.from({ length: 200 }, () => keys.refresh()))
  assert.equal(remote.received.length, 1)
  assert.equal(keys.find(header(key))?.id, key.id)
})

test('after key_unknown and a refresh, a rotated key is found', async (t) => {
  const remote = await issuer(t)
  const keys = keysOf(remote)
  await keys.refresh()
  remote.answer = sends(toJwks([key, next]))
  const verifier = createVerifier(policyFor(next, { keys }))
  const token = forge(next, headerFor(next))
  assert.equal(
    codeOf(() => verifier.verify(token)),
    'key_unknown',
  )
  remote.clock.advance(30)
  await keys.refresh()
  assert.equal(verifier.verify(token).keyId, next.id)
})

test('[B14] a flood of unknown kids makes one request in each cooldown', async (t) => {
  const remote = await issuer(t)
  const keys = keysOf(remote)
  await keys.refresh()
  const flood = () =>
    Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        assert.equal(keys.find(header(key, `forged-${at}`)), undefined)
        await keys.refresh()
      }),
    )
  await flood()
  assert.equal(remote.received.length, 1)
  remote.clock.advance(30)
  await flood()
  assert.equal(remote.received.length, 2)
})

test('[B14] a damaged key does not invalidate the set; a set without a valid key changes nothing', async (t) => {
  const [published] = toJwks([key]).keys
  const remote = await issuer(t, sends({ keys: [null, 7, { kty: 'EC' }, { kty: 'x' }, published] }))
  const keys = keysOf(remote)
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
    remote.answer = sends(bad)
    remote.clock.advance(30)
    await keys.refresh()
    assert.match(String(keys.health().problem), /key set is invalid/, bad)
    assert.equal(keys.find(header(key))?.id, key.id, bad)
  }
})

suite('[B16] while the issuer is down', () => {
  test('keys are used for a bounded time, then all tokens fail, but never as invalid tokens', async (t) => {
    const remote = await issuer(t)
    const keys = keysOf(remote, { fresh: 600, maxStale: 3600 })
    await keys.refresh()
    remote.answer = fails
    remote.clock.advance(600)
    assert.equal(findCode(keys, key), 'none') // starts a request, and does not wait for it
    await settled(keys, 2)
    assert.match(String(keys.health().problem), /status 500/)
    remote.clock.advance(3599)
    assert.equal(findCode(keys, key), 'none')
    assert.equal(findCode(keys, next), 'key_set_unavailable') // the token may be valid
    remote.clock.advance(1)
    assert.equal(findCode(keys, key), 'key_set_unavailable')
    assert.equal(keys.health().usable, false)
    await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
    remote.answer = sends(toJwks([key]))
    remote.clock.advance(5)
    await keys.refresh()
    assert.equal(findCode(keys, key), 'none')
  })

  test('without any keys it is received again every five seconds, no sooner', async (t) => {
    const remote = await issuer(t, fails)
    const keys = keysOf(remote)
    for (const requests of [1, 1, 1, 1, 1, 2]) {
      await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
      assert.equal(remote.received.length, requests)
      remote.clock.advance(1)
    }
  })

  test('a cached token is rejected as soon as its key may no longer be used', async (t) => {
    const remote = await issuer(t)
    const keys = keysOf(remote)
    await keys.refresh()
    const verifier = createVerifier({ ...policyFor(key, { keys }), clock: fixedClock(now) })
    const token = forge(key, headerFor(key))
    assert.equal(verifier.verify(token), verifier.verify(token))
    remote.answer = sends(toJwks([next]))
    remote.clock.advance(30)
    await keys.refresh()
    assert.equal(
      codeOf(() => verifier.verify(token)),
      'key_unknown',
    )
  })
})

test('an unchanged set is not sent again, and unchanged keys stay the same objects', async (t) => {
  const remote = await issuer(t, sends(toJwks([key]), { etag: '"one"' }))
  const keys = keysOf(remote)
  await keys.refresh()
  const before = keys.find(header(key))
  remote.answer = (request, response) => {
    assert.equal(request.headers['if-none-match'], '"one"')
    response.writeHead(304).end()
  }
  remote.clock.advance(600)
  await keys.refresh()
  assert.equal(keys.health().age, 0)
  assert.equal(keys.find(header(key)), before)
  remote.answer = sends(toJwks([next, key]), { etag: '"two"' })
  remote.clock.advance(600)
  await keys.refresh()
  assert.equal(keys.find(header(key)), before)
  assert.ok(keys.find(header(next)))
})

test('another fetch function can be passed', async () => {
  const received: string[] = []
  const keys = remoteKeySet('https://issuer.example/jwks', {
    clock: fixedClock(now),
    fetch: async (url) => {
      received.push(String(url))
      return Response.json(toJwks([key]), {
        headers: { 'content-type': 'application/jwk-set+json' },
      })
    },
  })
  await keys.refresh()
  assert.deepEqual(received, ['https://issuer.example/jwks'])
  assert.ok(keys.find(header(key)))
})

test('it reports its state after each request, and when a key was removed', async (t) => {
  const remote = await issuer(t)
  const reported: unknown[] = []
  const keys = keysOf(remote, {
    onLookup: ({ keys: count, problem }) => reported.push([count, problem]),
  })
  await keys.refresh()
  assert.equal(keys.removedAt(key.id), undefined)
  remote.answer = sends(toJwks([next]))
  remote.clock.advance(30)
  await keys.refresh()
  assert.equal(keys.removedAt(key.id), now + 30)
  remote.answer = fails
  remote.clock.advance(30)
  await keys.refresh()
  assert.deepEqual(reported, [
    [1, undefined],
    [1, undefined],
    [1, 'The key set is invalid: the answer has status 500'],
  ])
  remote.answer = sends(toJwks([key]))
  remote.clock.advance(30)
  await keys.refresh()
  assert.equal(keys.removedAt(key.id), undefined)
})
