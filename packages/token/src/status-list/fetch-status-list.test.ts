import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCountersignError } from '../lib/error.ts'
import { createFetchStatusList } from './fetch-status-list.ts'
import { codeOf } from '../jwt/forge.fixture.ts'
import { issuer, sends } from '../jwks/remote-issuer.fixture.ts'
import { maxStatusListLength } from './status-list-token.ts'

const type = { 'content-type': 'application/statuslist+jwt' }
const problemOf = (error: unknown) => (isCountersignError(error) ? error.message : String(error))

test('a list is requested by its media type, and again by its etag', async (t) => {
  const remote = await issuer(t, sends('a.b.c', { ...type, etag: '"1"' }))
  const ask = createFetchStatusList(remote.url)
  assert.deepEqual(await ask(), { token: 'a.b.c', etag: '"1"' })
  assert.equal(remote.received[0]?.headers.accept, 'application/statuslist+jwt')
  remote.answer = (_, response) => response.writeHead(304).end()
  assert.deepEqual(await ask('"1"'), { token: 'unchanged', etag: '"1"' })
  assert.equal(remote.received[1]?.headers['if-none-match'], '"1"')
})

test('[B13] an answer of the wrong type, status, alphabet or size is rejected', async (t) => {
  const remote = await issuer(t)
  const ask = createFetchStatusList(remote.url)
  const rows: readonly (readonly [RegExp, typeof remote.answer])[] = [
    [/not application\/statuslist\+jwt/, sends('a.b.c')],
    [/status 404/, (_, response) => response.writeHead(404, type).end('a.b.c')],
    [/status 501/, (_, response) => response.writeHead(501, type).end()],
    [/not a token/, sends('\u00e9', type)],
    [/larger than/, sends('a'.repeat(maxStatusListLength + 1), type)],
    [/fetch failed/, (_, response) => response.writeHead(302, { location: remote.url }).end()],
  ]
  for (const [problem, answer] of rows) {
    remote.answer = answer
    await assert.rejects(ask(), (error) => problem.test(problemOf(error)), String(problem))
  }
})

test('[B13] an unsafe URL is not requested', () => {
  for (const uri of ['http://issuer.example/1', 'file:///etc/passwd', 'https://u:p@issuer.example'])
    assert.equal(
      codeOf(() => createFetchStatusList(uri)),
      'policy_invalid',
    )
})
