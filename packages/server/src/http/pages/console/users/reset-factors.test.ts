import assert from 'node:assert/strict'
import { test } from 'node:test'
import { password } from '../../../api/api.fixture.ts'
import { enrolled } from '../../../api/factors.fixture.ts'
import { openBrowser } from '../../test-browser.fixture.ts'

test('an administrator sees the factors of a user, and resets them after a question', async () => {
  const { server, code, id } = await enrolled()
  await using _ = server
  const [admin, ada] = [openBrowser(server), openBrowser(server)]
  await admin.signIn()
  await ada.signIn('ada', password)
  await ada.send('/sign-in/factor', { code: code() })
  const path = `/console/users/${id}`
  const user = await admin.get(path)
  assert.match(user.text, /authenticator application, 10 recovery codes/)
  assert.match(user.text, new RegExp(`href="${path}/reset-factors"`))
  const question = await admin.get(`${path}/reset-factors`)
  assert.match(question.text, /Reset the second factors of ada\?/)
  assert.equal((await ada.get('/account')).path, '/account', 'a question changes nothing')
  const stranger = await ada.send(`${path}/reset-factors`, {})
  assert.equal(stranger.status, 403)

  const reset = await admin.send(`${path}/reset-factors`, {})
  assert.equal(reset.path, path)
  assert.match(reset.text, /The second factors are removed/)
  assert.doesNotMatch(reset.text, /Reset second factors …/)
  assert.equal((await ada.get('/account')).path, '/sign-in?return_to=%2Faccount')
  assert.equal((await ada.signIn('ada', password)).path, '/account')
})
