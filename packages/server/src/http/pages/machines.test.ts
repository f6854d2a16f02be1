import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { request, signIn } from '../api/api.fixture.ts'
import { password, people } from './console/console.fixture.ts'

test('a user creates an API token on the account page, sees its use, and revokes it after a question', async () => {
  await using server = await testServer()
  const { ada, admin } = await people(server)
  await ada.signIn('ada', password)
  assert.match((await ada.get('/account')).text, /href="\/account\/tokens"/)
  const said = { name: '<b>backup</b>', scopes: 'roles', resource: '', days: '30' }
  const wrong = await ada.send('/account/tokens', { ...said, password: 'x' })
  assert.match(wrong.text, /id="make-token-password-fault"/)
  const unknown = await ada.send('/account/tokens', { ...said, password, scopes: 'none' })
  assert.match(unknown.text, /id="make-token-scopes-fault"/)
  const made = await ada.send('/account/tokens', { ...said, password })
  assert.match(made.text, /csk_[\w-]{135}/)
  assert.match(String(made.headers.get('cache-control')), /no-store/)
  const listed = (await ada.get('/account/tokens')).text
  assert.ok(!listed.includes('csk_'), 'and never again')
  assert.match(listed, /&lt;b&gt;backup[^]*never used/)
  const id = /revoke\?token=(t_[\w-]+)/.exec(listed)?.[1] ?? ''
  assert.match(
    (await ada.get(`/account/tokens/revoke?token=${id}`)).text,
    /Revoke this API token\?/,
  )
  assert.equal((await admin.get(`/account/tokens/revoke?token=${id}`)).path, '/account/tokens')
  const refused = await admin.send('/account/tokens/revoke', { token: id })
  assert.doesNotMatch(refused.text, /The API token is revoked/)
  const revoked = await ada.send('/account/tokens/revoke', { token: id })
  assert.match(revoked.text, /The API token is revoked\.[^]*You have no API tokens/)
})

test('an administrator sees service accounts in the console, and removes one after a question', async () => {
  await using server = await testServer()
  const { ada, admin } = await people(server)
  await ada.signIn('ada', password)
  assert.match((await admin.get('/console/clients')).text, /No service accounts\./)
  const token = await signIn(server)
  const resource = { audience: 'https://notes.example', scopes: ['notes:read'] }
  await request(server, 'POST /admin/resources', { token, body: resource })
  const body = { name: 'reporter', scopes: ['notes:read'], resources: [resource.audience] }
  const made = await request(server, 'POST /admin/clients', { token, body })
  const id = String(made.body['id'])
  const listed = (await admin.get('/console/clients')).text
  assert.match(listed, /reporter[^]*notes:read[^]*never used[^]*https:\/\/notes\.example/)
  assert.ok(!listed.includes('css_'))
  const asked = await admin.get(`/console/clients/remove?client=${id}`)
  assert.match(asked.text, /Remove this service account\?/)
  assert.equal((await ada.get('/console/clients')).status, 403)
  assert.equal((await ada.send('/console/clients/remove', { client: id })).status, 403)
  const seen = await admin.send('/console/clients/remove', { client: id })
  assert.match(seen.text, /The service account is removed\.[^]*No service accounts\./)
})
