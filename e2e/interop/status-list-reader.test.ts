// An independent reader of status lists reads the list that a server publishes, over a real socket.
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list'
import { testServer } from '@countersign/server/testing'
import { inspect } from '@countersign/token'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort, post } from '@countersign/testing/http'

interface Named {
  readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } }
}

test('jose verifies the list, and an independent reader agrees on every bit of it', async () => {
  const port = await freePort()
  await using server = await testServer({ COUNTERSIGN_HTTP_PORT: String(port) })
  await server.listen()
  const url = `http://localhost:${port}`
  const signIn = async () => {
    const { body } = await post(`${url}/login`, { username: 'admin', password: 'password' })
    return String(body['token'])
  }
  const tokens: string[] = []
  for (let n = 0; n < 12; n++) tokens.push(await signIn())
  const ended = new Set([1, 4, 5, 11])
  for (const at of ended) {
    const authorization = `Bearer ${tokens[at]}`
    const answer = await fetch(`${url}/logout`, { method: 'POST', headers: { authorization } })
    assert.equal(answer.status, 204)
  }
  const places = tokens.map(
    (token) => (inspect(token).claims as unknown as Named).status.status_list,
  )
  const [{ uri } = { uri: '' }] = places
  server.clock.advance(5) // a list may be five seconds old
  const published = await fetch(uri, { headers: { accept: 'application/statuslist+jwt' } })
  assert.equal(published.headers.get('content-type'), 'application/statuslist+jwt')
  const text = await published.text()
  const { payload, protectedHeader } = await jwtVerify(
    text,
    createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`)),
    {
      issuer: url,
      subject: uri,
      typ: 'statuslist+jwt',
      currentDate: new Date(server.clock.now() * 1000),
    },
  )
  assert.equal(protectedHeader.alg, 'ES256')
  assert.equal(typeof payload['ttl'], 'number')
  const list = getListFromStatusListJWT(text)
  for (const [at, { idx }] of places.entries())
    assert.equal(list.getStatus(idx), ended.has(at) ? 1 : 0, `token ${at}`)
  const set = Array.from({ length: 2 ** 20 }, (_, at) => list.getStatus(at))
  assert.equal(
    set.reduce((sum, bit) => sum + bit, 0),
    ended.size,
    'and no other bit is set',
  )
})
