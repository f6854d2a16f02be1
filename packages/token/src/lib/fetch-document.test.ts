import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { codeOf } from '../jwt/forge.fixture.ts'
import { toJwks } from '../jwks/key-set.ts'
import {
  header,
  issuer,
  key,
  keysOf,
  next,
  sends,
  settled,
  type Issuer,
} from '../jwks/remote-issuer.fixture.ts'
import { remoteKeySet } from '../jwks/remote-key-set.ts'

test('keys are cached for as long as Cache-Control says, between a minute and a day', async (t) => {
  const rows = [
    ['max-age=120', 120],
    ['public, max-age="120", immutable', 120],
    ['s-maxage=900, max-age=90', 90],
    ['max-age=1', 60],
    ['no-store', 60],
    ['no-cache, max-age=900', 60],
    ['max-age=99999999', 86_400],
    ['max-age=-5', 600],
    ['', 600],
  ] as const
  for (const [directives, seconds] of rows) {
    const remote = await issuer(t, sends(toJwks([key]), { 'cache-control': directives }))
    const keys = keysOf(remote)
    await keys.refresh()
    remote.clock.advance(seconds - 1)
    keys.find(header(key))
    assert.equal(keys.health().requests, 1, directives)
    remote.clock.advance(1)
    keys.find(header(key))
    await settled(keys, 2)
    assert.equal(remote.received.length, 2, directives)
  }
})

suite('[B13] unsafe URLs are not requested and unusable answers are not used', () => {
  test('URLs that are not https or loopback, or that contain credentials', () => {
    for (const url of [
      'http://issuer.example/jwks',
      'http://127.0.0.1.evil.example/jwks',
      'http://localhost.evil.example/',
      'ftp://localhost/jwks',
      'file:///etc/passwd',
      'data:application/json,{"keys":[]}',
      'https://user:secret@issuer.example/jwks',
      '/jwks',
      '',
    ]) {
      assert.equal(
        codeOf(() => remoteKeySet(url)),
        'policy_invalid',
        url,
      )
    }
    for (const url of ['https://issuer.example/jwks', 'http://localhost/x', 'http://[::1]:8080/x'])
      remoteKeySet(url)
  })

  test('options that are not numbers, or out of bounds', () => {
    for (const options of [
      { cooldown: 0 },
      { fresh: 1 },
      { maxStale: 1e9 },
      { timeout: Number.NaN },
    ])
      assert.equal(
        codeOf(() => remoteKeySet('https://issuer.example', options)),
        'policy_invalid',
      )
  })

  const large = JSON.stringify({ keys: toJwks([key]).keys, filler: 'x'.repeat(600 * 1024) })
  const bodies: Readonly<Record<string, Issuer['answer']>> = {
    'a redirect': (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    'another content type': sends(toJwks([key]), { 'content-type': 'text/html' }),
    'no content type': (_, response) => response.writeHead(200).end(JSON.stringify(toJwks([key]))),
    'more than half a megabyte': sends(large),
    'an answer that never ends': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":[')
    },
    'an answer that never begins': () => undefined,
    'an unexpected 304': (_, response) => response.writeHead(304).end(),
    'a set that contains a secret': sends({
      keys: [{ kty: 'oct', k: 'AAAA', alg: 'HS256', kid: 'x' }],
    }),
    'two keys with one kid': sends({
      keys: [...toJwks([key]).keys, ...toJwks([next]).keys.map((jwk) => ({ ...jwk, kid: key.id }))],
    }),
  }
  for (const [name, answer] of Object.entries(bodies)) {
    test(name, async (t) => {
      const remote = await issuer(t, answer)
      // Only a response that never comes needs a short timeout. The others must fail for their own reason, however slow the machine is.
      const keys = keysOf(remote, name.includes('never') ? { timeout: 1 } : {})
      await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
      assert.equal(remote.received.length, 1)
      assert.equal(keys.health().failed, 1)
    })
  }

  test('no credentials are sent', async (t) => {
    const remote = await issuer(t)
    await keysOf(remote).refresh()
    assert.equal(remote.received[0]?.headers['authorization'], undefined)
    assert.equal(remote.received[0]?.headers['cookie'], undefined)
  })
})
