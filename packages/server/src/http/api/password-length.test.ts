import assert from 'node:assert/strict'
import { test } from 'node:test'
import { password, request, signIn, withAda } from './api.fixture.ts'
import { addTotp, enrolled } from './factors.fixture.ts'

const short = 'ojwmtfrl'

test('a password of eight characters is enough beside a second factor, and must be replaced before the last one goes', async () => {
  const { server, token } = await enrolled()
  await using _ = server
  const change = (current_password: string, new_password: string, by: string) =>
    request(server, 'POST /password/change', {
      body: { current_password, new_password },
      token: by,
    })
  const seven = await change(password, short.slice(1), token)
  assert.equal(seven.code, 'password_too_short')
  const changed = await change(password, short, token)
  assert.equal(changed.status, 200)
  const next = String(changed.body['token'])
  const removal = { body: { current_password: short }, token: next }
  const refused = await request(server, 'DELETE /me/factors/totp', removal)
  assert.equal(refused.code, 'password_needs_factor')
  assert.equal((await request(server, 'GET /me/factors', { token: next })).body['totp'], true)

  const longer = await change(short, 'several words of no quotation', next)
  const body = { current_password: 'several words of no quotation' }
  const removed = { body, token: String(longer.body['token']) }
  assert.equal((await request(server, 'DELETE /me/factors/totp', removed)).status, 204)
  const alone = await change(body.current_password, short, String(longer.body['token']))
  assert.equal(alone.code, 'password_too_short')
})

test('an administrator sets a short password only for a user who has a second factor', async () => {
  const { server, token, id } = await withAda()
  await using _ = server
  const set = () =>
    request(server, `POST /admin/users/${id}/password`, { token, body: { password: short } })
  assert.equal((await set()).code, 'password_too_short')
  await addTotp(server)
  assert.equal((await set()).status, 200)
  assert.equal(
    await signIn(server, 'ada', short),
    'undefined',
    'the password alone signs in no one',
  )
})

test('`passwords.min_length_with_factor` may be raised up to the minimum for all', async () => {
  const { server, token } = await enrolled({ COUNTERSIGN_PASSWORDS_MIN_LENGTH_WITH_FACTOR: '15' })
  await using _ = server
  const body = { current_password: password, new_password: short }
  const refused = await request(server, 'POST /password/change', { body, token })
  assert.equal(refused.code, 'password_too_short')
  await assert.rejects(withAda({ COUNTERSIGN_PASSWORDS_MIN_LENGTH_WITH_FACTOR: '16' }), {
    code: 'setting_invalid',
  })
})
