import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertionType, post, withClient } from './oauth.fixture.ts'

const grant = { grant_type: 'client_credentials' }
const values = ['', '\0', '\u{1D4B3}\r\n', 'a.b.c', 'x'.repeat(9_000), 'x'.repeat(40_000)]
const names =
  'grant_type scope resource audience token token_type_hint subject_token subject_token_type requested_token_type actor_token client_id client_secret client_assertion client_assertion_type __proto__ constructor'.split(
    ' ',
  )

test('[20.39] [21.106] with any form, an OAuth endpoint answers as RFC 6749 says, and never with a failure of its own', async () => {
  const { server, client } = await withClient({ COUNTERSIGN_LIMITS_ATTEMPTS: '0' })
  await using _ = server
  const bases = [
    { ...grant, ...client },
    { ...grant, client_assertion_type: assertionType, client_assertion: 'a.b.c' },
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
      subject_token: 'csk_x',
    },
  ]
  const forms = bases.flatMap((base) =>
    names.flatMap((name) => values.map((value) => new URLSearchParams({ ...base, [name]: value }))),
  )
  const raw = ['&&&', '=&=', 'a=b&a=c', '%', 'grant_type=%C3%28', '\u00ff']
  const seen = new Set<number>()
  for (const path of [
    '/oauth/token',
    '/oauth/introspect',
    '/oauth/revoke',
    '/oauth/par',
    '/oauth/device',
  ])
    for (const form of [...forms.map(String), ...raw]) {
      const { status, body, headers } = await post(server, path, form)
      const where = `${path} ${form.slice(0, 200)}`
      seen.add(status)
      assert.ok([200, 400, 401].includes(status), `${status} ${where}`)
      assert.equal(headers.get('cache-control'), 'no-store', where)
      assert.equal(headers.has('www-authenticate'), status === 401, where)
      assert.equal(typeof body['error'] === 'string', status !== 200, where)
    }
  assert.deepEqual([...seen].toSorted(), [200, 400, 401])
})
