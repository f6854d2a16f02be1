import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'

// The module creates its guard when it is loaded, so the issuer must exist before.
const issuer = createTestIssuer({ now: Math.floor(Date.now() / 1000) })
Object.assign(process.env, { ISSUER: issuer.url, AUDIENCE: issuer.audience })
globalThis.fetch = issuer.fetch
const { GET, DELETE } = await import('./app/api/notes/[id]/route.ts')

const context = { params: Promise.resolve({ id: '7' }) }
const asked = (token: string) =>
  new Request('https://app.example/api/notes/7', { headers: { authorization: `Bearer ${token}` } })

test('a route handler gets the principal and its parameters', async () => {
  const answer = await GET(asked(issuer.token()), context)
  assert.deepEqual(await answer.json(), { id: '7', for: 'ada' })
})

test('a bad token and a user without the role are refused', async () => {
  assert.equal((await GET(asked(issuer.badToken('expired')), context)).status, 401)
  assert.equal((await DELETE(asked(issuer.token()), context)).status, 403)
  assert.equal((await DELETE(asked(issuer.token({ roles: ['editor'] })), context)).status, 204)
})
