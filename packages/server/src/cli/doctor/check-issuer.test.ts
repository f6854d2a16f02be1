import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { test } from 'node:test'
import { makeCertificate } from '@countersign/testing/certificates'
import { checkIssuer } from './check-issuer.ts'

/** Checks the issuer on a server's port, with one of the two schemes. */
async function checked(server: Server, scheme: 'http' | 'https') {
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const url = `${scheme}://localhost:${(server.address() as AddressInfo).port}`
  const [finding] = await checkIssuer(url)
  server.close()
  return { url, ...finding }
}

const answering: (text: string, status?: number) => RequestListener = (text, status = 200) =>
  function answer(_, response) {
    response.writeHead(status).end(text)
  }

test('[18.25] doctor tells a certificate of an unknown authority from an issuer that does not answer', async () => {
  const unknown = await checked(createTlsServer(await makeCertificate()), 'https')
  assert.equal(unknown.verdict, 'warn')
  assert.match(String(unknown.found), /^https:.* certificate is not trusted .*self-signed certif/)
  assert.match(String(unknown.advice), /NODE_EXTRA_CA_CERTS/)
})

test('[18.25] doctor names an expired certificate, and plain http behind an https URL', async () => {
  const expired = await checked(
    createTlsServer(await makeCertificate({ from: -9, until: -1 })),
    'https',
  )
  assert.match(String(expired.found), /certificate/)
  const server = createServer(answering('{}'))
  const plain = await checked(server, 'https')
  assert.match(String(plain.found), /speaks http/)
})

test('[18.25] doctor tells an answer of another program from none', async () => {
  const page = await checked(createServer(answering('<html>Bad gateway</html>', 502)), 'http')
  assert.match(String(page.found), /answers with status 502, not with its metadata/)
  const html = await checked(createServer(answering('<html>hello</html>')), 'http')
  assert.match(String(html.found), /answers, but not with its metadata/)
  const gone = createServer().listen(0, 'localhost')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  gone.close()
  const [refused] = await checkIssuer(`http://localhost:${port}`)
  assert.match(String(refused?.found), /does not answer to this machine: .*ECONNREFUSED/)
})

test('[18.36] doctor names a redirect, which no guard follows', async () => {
  const target = createServer((request, response) => {
    const url = `http://${request.headers.host}`
    if (request.url?.startsWith('/.well-known/')) response.writeHead(301, { location: '/there' })
    response.end(JSON.stringify({ issuer: url }))
  })
  const moved = await checked(target, 'http')
  assert.equal(moved.verdict, 'warn')
  assert.match(String(moved.found), /answers with status 301, not with its metadata/)
})
