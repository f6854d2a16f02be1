import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'

test('the type of a problem is a URL of the issuer, for refusals and errors alike', async () => {
  await using server = await testServer({ COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' })
  const rows = [
    ['/nowhere', 'route_unknown', 'Not found'],
    ['/me', 'token_missing', 'Token is missing!'],
  ] as const
  for (const [path, code, title] of rows) {
    const headers = { host: '192.0.2.66' }
    const response = await server.fetch(new Request(`http://192.0.2.66${path}`, { headers }))
    const { type, status, ...rest } = (await response.json()) as Record<string, unknown>
    assert.equal(type, `https://auth.example.com/problems/${code}`)
    assert.equal(status, response.status)
    const instance = `urn:uuid:${response.headers.get('x-request-id')}`
    assert.deepEqual(rest, { title, code, message: title, instance })
  }
})
