import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { before, suite, test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { makeCertificate, type Pair } from '@countersign/testing/certificates'
import { createDocumentFetcher } from './fetch-document.ts'
import { createPublicResolver, isPublicAddress } from './public-address.ts'

const host = 'app.example'
let pair: Pair

before(async () => {
  pair = await makeCertificate({ host })
})

/** Serves https on a loopback address; returns its port. */
async function serve(t: TestContext, answer: RequestListener, address = '127.0.0.1', port = 0) {
  const server = createServer({ cert: pair.cert, key: pair.key }, answer)
  await once(server.listen(port, address), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const loopback = async () => [{ address: '127.0.0.1', family: 4 }]
const json: RequestListener = (_, response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')

/** Fetches a document from a server with this answer. */
async function fetchFrom(t: TestContext, answer: RequestListener, milliseconds = 60_000) {
  const port = await serve(t, answer)
  const get = createDocumentFetcher({ resolve: loopback, ca: pair.cert, milliseconds })
  return get(`https://${host}:${port}/client.json?x=1`)
}

test('a document is fetched under the name of its host, with its path and query', async (t) => {
  const seen: unknown[] = []
  const got = await fetchFrom(t, (request, response) => {
    const { servername } = request.socket as TLSSocket
    seen.push(request.method, request.url, request.headers.host?.split(':')[0], servername)
    response.setHeader('cache-control', 'public, max-age=600')
    json(request, response)
  })
  assert.deepEqual(got, { text: '{}', maxAge: 600 })
  assert.deepEqual(seen, ['GET', '/client.json?x=1', host, host])
})

test('[21.40] a name is resolved once, and the connection goes to the address that was judged', async (t) => {
  const reached: string[] = []
  const port = await serve(t, (_, response) => {
    reached.push('judged')
    json(_, response)
  })
  await serve(t, () => reached.push('rebound'), '127.0.0.2', port)
  let asked = 0
  const resolve = async () => [{ address: `127.0.0.${++asked}`, family: 4 }] // another address each time
  const get = createDocumentFetcher({ resolve, ca: pair.cert, milliseconds: 60_000 })
  assert.deepEqual(await get(`https://${host}:${port}/x`), { text: '{}', maxAge: undefined })
  assert.deepEqual([asked, reached], [1, ['judged']])
})

suite('[21.41] [OA.121] an address that is not public is refused before anything is sent', () => {
  const special = `0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.31.0.1 192.0.0.8 192.168.1.1 198.18.0.1
    203.0.113.9 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 fe80::1 fc00::1
    ff02::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 100::1 5f00::1`
  for (const address of special.split(/\s+/))
    test(address, async () => {
      assert.equal(isPublicAddress(address), false)
      const other = { address: '93.184.216.34', family: 4 }
      const found = { address, family: address.includes(':') ? 6 : 4 }
      for (const addresses of [[found], [other, found]]) {
        const get = createDocumentFetcher({ resolve: createPublicResolver(async () => addresses) })
        assert.deepEqual(await get(`https://${host}/x`), { problem: 'address_not_public' })
      }
    })

  for (const url of ['https://127.0.0.1/x', 'https://[::1]/x', 'https://[::ffff:7f00:1]/x'])
    test(url, async () => {
      assert.deepEqual(await createDocumentFetcher()(url), { problem: 'address_not_public' })
    })

  test('public ones are not', () => {
    for (const address of ['1.1.1.1', '93.184.216.34', '2606:4700::1111', '2001:4860:4860::8888'])
      assert.ok(isPublicAddress(address), address)
  })
})

suite('[21.42] [OA.115] refused is', () => {
  const head = (status: number, headers: Readonly<Record<string, string>>, body = '{}') =>
    ((_, response) => void response.writeHead(status, headers).end(body)) as RequestListener
  const type = { 'content-type': 'application/json' }
  const rows: readonly (readonly [name: string, answer: RequestListener, problem: string])[] = [
    ['a redirect', head(302, { ...type, location: 'https://app.example/y' }), 'status_302'],
    ['an error', head(404, type), 'status_404'],
    ['an answer that is partial', head(206, type), 'status_206'],
    ['a page', head(200, { 'content-type': 'text/html' }), 'content_type_no_json'],
    ['an encoded answer', head(200, { ...type, 'content-encoding': 'gzip' }), 'encoded'],
    ['a large answer', head(200, type, ' '.repeat(5_121)), 'too_large'],
    ['an answer without end', (_, response) => flood(response), 'too_large'],
  ]
  for (const [name, answer, problem] of rows)
    test(name, async (t) => assert.deepEqual(await fetchFrom(t, answer), { problem }))

  test('an answer that never comes, or never ends', async (t) => {
    const slow: readonly RequestListener[] = [
      () => undefined,
      (_, response) => void response.writeHead(200, type).write('{'),
    ]
    for (const answer of slow)
      assert.deepEqual(await fetchFrom(t, answer, 300), { problem: 'too_slow' })
    const get = createDocumentFetcher({ resolve: () => new Promise(() => {}), milliseconds: 50 })
    const waiting = setInterval(() => {}, 1_000) // the time limit keeps no process running
    assert.deepEqual(await get(`https://${host}/x`), { problem: 'too_slow' })
    clearInterval(waiting)
  })

  test('a certificate of another name, or of no known authority', async (t) => {
    const port = await serve(t, json)
    const get = createDocumentFetcher({ resolve: loopback, ca: pair.cert })
    const other = await get(`https://other.example:${port}/x`)
    assert.deepEqual(other, { problem: 'unreachable ERR_TLS_CERT_ALTNAME_INVALID' })
    const unknown = await createDocumentFetcher({ resolve: loopback })(`https://${host}:${port}/x`)
    assert.deepEqual(unknown, { problem: 'unreachable DEPTH_ZERO_SELF_SIGNED_CERT' })
  })
})

function flood(response: Parameters<RequestListener>[1]): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const next = () => {
    while (!response.destroyed && response.write(' '.repeat(1_024)));
    response.once('drain', next)
  }
  next()
}
