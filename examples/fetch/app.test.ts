import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHandler, settingsAt } from './app.ts'

const issuer = createTestIssuer()
const url = 'https://notes.example'
const handle = createHandler(issuer.guard(settingsAt(url)))
const ask = (path: string, token?: string) =>
  handle(
    new Request(
      `${url}${path}`,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    ),
  )

test('a good token opens the route', async () => {
  assert.deepEqual(await (await ask('/notes', issuer.token())).json(), { notes: [], for: 'ada' })
})

test('without a token, the challenge points to the issuer', async () => {
  const refused = await ask('/notes')
  assert.equal(refused.status, 401)
  const [, where = ''] =
    /resource_metadata="(.+?)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? []
  const document = await ask(new URL(where).pathname)
  const { resource, authorization_servers: servers } = (await document.json()) as {
    readonly resource: string
    readonly authorization_servers: readonly string[]
  }
  assert.deepEqual([resource, servers], [url, [issuer.url]])
})

test('a changed token is refused, and an unknown path is 404', async () => {
  assert.equal((await ask('/notes', issuer.badToken('tampered with'))).status, 401)
  assert.equal((await ask('/other', issuer.token())).status, 404)
})
