import { Hono } from 'hono'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { testServer, type TestServer } from '../../testing.ts'
import { createResponder } from './response.ts'
import { createCachedDocuments } from './cached-document.ts'
import { openApiRoute } from '../api/discovery.ts'
import { statusList } from '../api/status-lists.ts'
import type { Route } from './route.ts'

const request = (server: TestServer, path: string, init: RequestInit = {}) =>
  server.fetch(new Request(`http://localhost${path}`, init))

test('a document that a client has is not sent again until it changes', async () => {
  await using server = await testServer()
  for (const path of ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
    const first = await request(server, path)
    const etag = first.headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]{22}"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await request(server, path, { headers: { 'if-none-match': known } })
      assert.equal(again.status, 304, known)
      assert.equal(await again.text(), '')
      for (const name of ['etag', 'cache-control', 'x-content-type-options'])
        assert.ok(again.headers.get(name), name)
    }
    for (const other of ['"other"', etag.slice(0, -2), ''])
      assert.equal(
        (await request(server, path, { headers: { 'if-none-match': other } })).status,
        200,
      )
  }
  assert.equal((await request(server, '/health/ready')).headers.get('etag'), null)
})

test('a large document is compressed if the client accepts gzip, with its own ETag; a small one never', async () => {
  const { respond: document } = createCachedDocuments()
  const send = (text: string, headers: Readonly<Record<string, string>>) =>
    document('/x', text, new Request('http://localhost/x', { headers }), {})
  const text = 'all work and no play '.repeat(200)
  for (const accept of ['gzip', 'br, gzip;q=0.5', 'GZIP']) {
    const packed = await send(text, { 'accept-encoding': accept })
    assert.equal(packed.headers.get('content-encoding'), 'gzip', accept)
    assert.equal(packed.headers.get('vary'), 'Accept-Encoding')
    assert.equal(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString(), text)
    const tag = packed.headers.get('etag') ?? ''
    assert.match(tag, /-gzip"$/)
    const again = await send(text, { 'accept-encoding': accept, 'if-none-match': tag })
    assert.equal(again.status, 304)
  }
  for (const accept of ['', 'br', 'gzip;q=0', 'identity', 'xgzip'])
    assert.equal(
      (await send(text, { 'accept-encoding': accept })).headers.get('content-encoding'),
      null,
      accept,
    )
  const small = await send('little', { 'accept-encoding': 'gzip' })
  assert.equal(small.headers.get('content-encoding'), null)
})

test('other spellings of a URL use the same cache entry, and the size of the cache is bounded', async () => {
  const documents = createCachedDocuments()
  const answer = createResponder(documents)
  const app = new Hono()
  const text = 'all work and no play '.repeat(200)
  for (const one of [openApiRoute(() => []), statusList] as unknown as readonly Route[])
    app.get(one.path, (c) => answer(one, { request: c.req.raw, params: c.req.param() }, text))
  const get = async (path: string) => assert.equal((await app.request(path)).status, 200, path)
  for (const path of ['/openapi.json', '/openapi%2ejson', '/%6fpenapi.json', '/openapi.json?a=1'])
    await get(path)
  assert.equal(documents.size, 1)
  for (const path of ['/status-lists/11', '/status-lists/%31%31', '/%73tatus-lists/1%31'])
    await get(path)
  assert.equal(documents.size, 2)
  for (let id = 0; id < 200; id++) {
    await get(`/status-lists/${id}`)
    await get('/openapi.json')
  }
  assert.equal(documents.size, 64)
})
