import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { CountersignError } from '../lib/error.ts'
import { codeOf } from '../jwt/forge.fixture.ts'
import { issuerKeySet } from './issuer-key-set.ts'
import { toJwks } from './key-set.ts'
import { header, issuer, key, next, type Issuer } from './remote-issuer.fixture.ts'

const wellKnown = '/.well-known/oauth-authorization-server'

/** Starts an issuer that answers with these documents, and with 404 otherwise. */
async function publishing(
  t: TestContext,
  documents: (own: string) => Readonly<Record<string, object>>,
) {
  const remote = await issuer(t)
  const own = new URL(remote.url).origin
  remote.answer = ({ url = '' }, response) => {
    const document = documents(own)[url]
    if (!document) return void response.writeHead(404).end()
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
  }
  return { remote, own }
}
const paths = ({ received }: Issuer) => received.map(({ url }) => url)

test("an issuer's URL is enough: its metadata give the URL of its keys (RFC 8414)", async (t) => {
  const { remote, own } = await publishing(t, (url) => ({
    [wellKnown]: { issuer: url, jwks_uri: `${url}/keys` },
    '/keys': toJwks([key]),
  }))
  const keys = issuerKeySet(own, { clock: remote.clock })
  assert.equal(remote.received.length, 0)
  await Promise.all(Array.from({ length: 200 }, () => keys.refresh()))
  assert.equal(keys.find(header(key))?.id, key.id)
  assert.deepEqual(paths(remote), [wellKnown, '/keys'])
  assert.equal(keys.health().keys, 1)
})

test('the path of an issuer comes after the well-known part, or before it for OpenID Connect', async (t) => {
  const { remote, own } = await publishing(t, (url) => ({
    '/realms/one/.well-known/openid-configuration': {
      issuer: `${url}/realms/one`,
      jwks_uri: `${url}/certs`,
    },
    '/certs': toJwks([key]),
  }))
  const keys = issuerKeySet(`${own}/realms/one`, { clock: remote.clock })
  await keys.refresh()
  assert.ok(keys.find(header(key)))
  assert.deepEqual(paths(remote), [
    `${wellKnown}/realms/one`,
    '/realms/one/.well-known/openid-configuration',
    '/certs',
  ])
})

test('[B13] metadata without keys, or with keys on this machine are not followed', async (t) => {
  const rows: readonly (readonly [(url: string) => object, RegExp])[] = [
    [(url) => ({ issuer: url }), /jwks_uri is not a URL/],
    [(url) => ({ issuer: url, jwks_uri: ['x'] }), /jwks_uri is not a URL/],
    [(url) => ({ issuer: url, jwks_uri: 'file:///etc/passwd' }), /must be https/],
    [(url) => ({ issuer: url, jwks_uri: '/keys' }), /absolute URL/],
  ]
  for (const [document, problem] of rows) {
    const { remote, own } = await publishing(t, (url) => ({
      [wellKnown]: document(url),
      '/keys': toJwks([key]),
    }))
    const keys = issuerKeySet(own, { clock: remote.clock })
    await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
    assert.match(String(keys.health().problem), problem)
    assert.ok(!paths(remote).includes('/keys'))
  }
  const received: string[] = []
  const inside = issuerKeySet('https://issuer.example', {
    fetch: async (url) => {
      received.push(String(url))
      const jwks_uri = 'http://127.0.0.1/keys'
      return Response.json({ issuer: 'https://issuer.example', jwks_uri })
    },
  })
  await assert.rejects(inside.refresh(), { code: 'key_set_unavailable' })
  assert.ok(
    received.every((url) => url.startsWith('https://issuer.example/')),
    received.join(),
  )
})

test('[B13] [18.17] an issuer that names itself otherwise is a failure of its own, with what was expected and found', async (t) => {
  const rows: readonly (readonly [found: (own: string) => unknown, likelyCause: RegExp])[] = [
    [() => 'https://evil.example', /another issuer/],
    [() => undefined, /another issuer/],
    [(own) => `${own}/`, /ends in a slash/],
    [(own) => own.replace('127.0.0.1', 'localhost'), /localhost and the other 127\.0\.0\.1/],
    [(own) => own.replace('http:', 'https:'), /begins with http and the other with https/],
    [() => `https://\u2028${'x'.repeat(999)}`, /another issuer/],
  ]
  for (const [named, likelyCause] of rows) {
    const { remote, own } = await publishing(t, (url) => ({
      [wellKnown]: { issuer: named(url), jwks_uri: `${url}/keys` },
      '/keys': toJwks([key]),
    }))
    const keys = issuerKeySet(own, { clock: remote.clock })
    await assert.rejects(keys.refresh(), (error: CountersignError) => {
      assert.equal(error.code, 'issuer_mismatch')
      assert.ok(error.message.length < 500)
      assert.match(error.message, new RegExp(`expected ${RegExp.escape(own)}, found `))
      assert.match(error.message, likelyCause)
      assert.match(String(error.facts['likelyCause']), likelyCause)
      assert.equal(error.facts['expected'], own)
      assert.match(String(error.facts['found']), /^[ -~]{1,83}$/)
      return true
    })
    assert.throws(() => keys.find(header(key)), { code: 'issuer_mismatch' })
    assert.match(String(keys.health().problem), likelyCause)
    assert.ok(!paths(remote).includes('/keys'))
  }
})

test('[18.17] an issuer that was corrected is found at the next look-up', async (t) => {
  let slash = '/'
  const { remote, own } = await publishing(t, (url) => ({
    [wellKnown]: { issuer: url + slash, jwks_uri: `${url}/keys` },
    '/keys': toJwks([key]),
  }))
  const keys = issuerKeySet(own, { clock: remote.clock })
  await assert.rejects(keys.refresh(), { code: 'issuer_mismatch' })
  slash = ''
  remote.clock.advance(5)
  await keys.refresh()
  assert.ok(keys.find(header(key)))
})

test('[18.17] an issuer that speaks http behind an https URL is described in these words', async (t) => {
  const { own } = await publishing(t, () => ({}))
  const keys = issuerKeySet(own.replace('http:', 'https:'))
  await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
  assert.match(String(keys.health().problem), /the server speaks http, and its URL says https/)
  assert.doesNotMatch(String(keys.health().problem), /SSL|wrong version/)
})

test('an issuer that does not answer is received again after five seconds, no sooner', async (t) => {
  const { remote, own } = await publishing(t, () => ({}))
  const keys = issuerKeySet(own, { clock: remote.clock })
  for (const requests of [2, 2, 2, 2, 2, 4]) {
    await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
    assert.equal(
      codeOf(() => keys.find(header(key))),
      'key_set_unavailable',
    )
    assert.equal(remote.received.length, requests)
    remote.clock.advance(1)
  }
})

test('a key set that has moved is found again', async (t) => {
  let [at, current] = ['/keys', key]
  const { remote, own } = await publishing(t, (url) => ({
    [wellKnown]: { issuer: url, jwks_uri: url + at },
    [at]: toJwks([current]),
  }))
  const keys = issuerKeySet(own, { clock: remote.clock })
  await keys.refresh()
  ;[at, current] = ['/moved', next]
  remote.clock.advance(30)
  await keys.refresh() // the old URL answers 404
  remote.clock.advance(30)
  await keys.refresh()
  assert.ok(keys.find(header(next)))
  assert.equal(keys.find(header(key)), undefined)
})

test('an issuer must be a safe URL without query and fragment', () => {
  for (const url of [
    'issuer',
    'http://issuer.example',
    'https://u:p@issuer.example',
    'https://issuer.example?x',
    'https://issuer.example#x',
  ])
    assert.equal(
      codeOf(() => issuerKeySet(url)),
      'policy_invalid',
      url,
    )
})
