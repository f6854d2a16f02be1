import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { before, test, type TestContext } from 'node:test'
import { makeCertificate, type Pair } from '@countersign/testing/certificates'
import { createUpstreamFetch, UpstreamUnavailable } from './upstream-fetch.ts'

const host = 'provider.example'
let pair: Pair

before(async () => {
  pair = await makeCertificate({ host })
})

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer({ cert: pair.cert, key: pair.key }, answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://${host}:${(server.address() as AddressInfo).port}`
}

const loopback = async () => [{ address: '127.0.0.1', family: 4 }]
const get = { method: 'GET', headers: {} }

/** Makes the function for an issuer of this machine, whose host the operator has named. */
const fetchOf = (issuer: string, milliseconds = 60_000) =>
  createUpstreamFetch(issuer, { resolve: loopback, ca: pair.cert, milliseconds })

test('the host of the issuer may be private: the operator has named it', async (t) => {
  const seen: unknown[] = []
  const issuer = await serve(t, (request, response) => {
    const { authorization, accept } = request.headers
    seen.push(request.method, request.url, authorization, accept)
    request.on('data', (body: Buffer) => seen.push(String(body)))
    request.on('end', () =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    )
  })
  const body = new URLSearchParams({ grant_type: 'authorization_code' })
  const headers = { authorization: 'Bearer x' }
  const response = await fetchOf(issuer)(`${issuer}/token`, { method: 'POST', headers, body })
  assert.deepEqual([response.status, await response.text()], [200, '{}'])
  const sent = ['POST', '/token', 'Bearer x', 'application/json', 'grant_type=authorization_code']
  assert.deepEqual(seen, sent)
})

test('[24.64] another host than that of the issuer must be public, for every port, name and scheme', async (t) => {
  let requests = 0
  const elsewhere = await serve(t, (_, response) => {
    requests++
    response.end()
  })
  const issuer = `https://${host}:1`
  const refused: readonly (readonly [string, string])[] = [
    [elsewhere, 'unreachable ENOTFOUND'], // no public name
    [elsewhere.replace(host, '127.0.0.1'), 'address_not_public'],
    [elsewhere.replace(host, 'localhost'), 'address_not_public'],
    ['https://[::ffff:127.0.0.1]/', 'address_not_public'],
    [`http://${host}:1/`, 'not_https'],
    ['http://127.0.0.1:1/', 'not_https'],
    ['ftp://127.0.0.1/', 'not_https'],
    ['no URL', 'unreachable ERR_INVALID_URL'],
  ]
  for (const [url, problem] of refused)
    await assert.rejects(fetchOf(issuer)(url, get), (error: Error) => {
      assert.ok(error instanceof UpstreamUnavailable)
      assert.equal(error.message.replace('EAI_AGAIN', 'ENOTFOUND'), problem, url)
      return true
    })
  assert.equal(requests, 0)
})

test('[24.65] an answer is limited in size and time, a redirect is not followed, and the certificate must fit', async (t) => {
  const answers: Readonly<Record<string, RequestListener>> = {
    '/large': (_, response) => response.end(Buffer.alloc(262_145)),
    '/redirect': (_, response) => response.writeHead(302, { location: '/large' }).end(),
    '/silent': () => undefined,
    '/slow': (_, response) => void response.write('a'),
  }
  const issuer = await serve(t, (request, response) =>
    answers[request.url ?? '']?.(request, response),
  )
  const problemAt = async (path: string, fetch = fetchOf(issuer, 500)) => {
    try {
      return (await fetch(issuer + path, get)).status
    } catch (error) {
      return error instanceof UpstreamUnavailable ? error.message : String(error)
    }
  }
  assert.equal(await problemAt('/large', fetchOf(issuer)), 'too_large')
  assert.equal(await problemAt('/redirect', fetchOf(issuer)), 302)
  assert.equal(await problemAt('/silent'), 'too_slow')
  assert.equal(await problemAt('/slow'), 'too_slow')
  const untrusting = createUpstreamFetch(issuer, { resolve: loopback })
  assert.match(String(await problemAt('/large', untrusting)), /^unreachable [A-Z_]+$/)
})
