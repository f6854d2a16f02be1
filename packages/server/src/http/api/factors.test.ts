import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestServer } from '../../testing.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'
import { authenticator, enrolled } from './factors.fixture.ts'

const login = { username: 'ada', password }

/** Takes the first step of ada's sign-in. */
async function firstStep(server: TestServer): Promise<string> {
  const { status, code, body } = await request(server, 'POST /login', { body: login })
  assert.equal(status, 401)
  assert.equal(code, 'factor_required')
  assert.deepEqual(body['factors'], ['totp', 'recovery_code'])
  assert.ok(!('token' in body))
  return String(body['sign_in'])
}

test('a user with an authenticator application signs in with the password and a code', async () => {
  const { server, code } = await enrolled()
  await using _ = server
  const sign_in = await firstStep(server)
  const wrong = { sign_in, code: '000000' }
  assert.equal((await request(server, 'POST /login/factor', { body: wrong })).code, 'factor_wrong')
  const right = { sign_in, code: code() }
  const signedIn = await request(server, 'POST /login/factor', { body: right })
  assert.equal(signedIn.status, 200)
  const claims = claimsOf(signedIn.body['token'])
  assert.deepEqual([claims['amr'], claims['acr']], [['pwd', 'otp', 'mfa'], 'mfa'])
  const again = await request(server, 'POST /login/factor', { body: right })
  assert.equal(again.code, 'sign_in_expired', 'a sign-in is completed once')
  const replayed = { sign_in: await firstStep(server), code: right.code }
  assert.equal(
    (await request(server, 'POST /login/factor', { body: replayed })).code,
    'factor_wrong',
    'a code is accepted once',
  )
})

test('a recovery code signs in once, however it is typed', async () => {
  const { server, token, recoveryCodes } = await enrolled()
  await using _ = server
  const use = async () => {
    const recovery_code = recoveryCodes[0]?.toUpperCase().replaceAll('-', ' ')
    const body = { sign_in: await firstStep(server), recovery_code }
    return request(server, 'POST /login/factor', { body })
  }
  assert.equal((await use()).status, 200)
  assert.equal((await use()).code, 'factor_wrong')
  const { body } = await request(server, 'GET /me/factors', { token })
  assert.deepEqual(body, { totp: true, passkeys: [], recovery_codes_left: 9, required: false })
})

test('[22.7] a pending sign-in is of no use after ten minutes, a new password or a disabled user', async () => {
  const { server, token: admin, id, code } = await enrolled()
  await using _ = server
  const adminToken = await signIn(server)
  assert.ok(admin)
  const finish = async (sign_in: string) => {
    const body = { sign_in, code: code() }
    return (await request(server, 'POST /login/factor', { body })).code
  }
  const late = await firstStep(server)
  server.clock.advance(601)
  assert.equal(await finish(late), 'sign_in_expired')

  const disabled = await firstStep(server)
  await request(server, `POST /admin/users/${id}/disable`, { token: adminToken })
  assert.equal(await finish(disabled), 'sign_in_expired')
  await request(server, `POST /admin/users/${id}/enable`, { token: adminToken })

  const outdated = await firstStep(server)
  const body = { password: 'several words of no quotation' }
  await request(server, `POST /admin/users/${id}/password`, { token: adminToken, body })
  assert.equal(await finish(outdated), 'sign_in_expired')
  assert.equal(await finish('a'.repeat(43)), 'sign_in_expired')
})

test('[22.8] adding an application ends all other sessions, and the tokens before are refused', async () => {
  const { server } = await withAda()
  await using _ = server
  const other = await signIn(server, 'ada', password)
  const token = await signIn(server, 'ada', password)
  const body = { current_password: password }
  const { body: proposed } = await request(server, 'POST /me/factors/totp', { body, token })
  assert.equal((await request(server, 'GET /me/factors', { token })).body['totp'], false)
  await signIn(server, 'ada', password) // what is proposed counts for nothing
  const code = authenticator(server, proposed['secret'])()
  const wrong = { code: code === '000000' ? '000001' : '000000' }
  const confirm = '/me/factors/totp/confirm'
  assert.equal(
    (await request(server, `POST ${confirm}`, { body: wrong, token })).code,
    'factor_wrong',
  )
  const confirmed = await request(server, `POST ${confirm}`, { body: { code }, token })
  assert.equal(confirmed.status, 200)
  for (const old of [other, token])
    assert.equal((await request(server, 'GET /me', { token: old })).code, 'token_revoked')
  const tokens = confirmed.body['tokens'] as Readonly<Record<string, unknown>>
  assert.equal((await request(server, 'GET /me', { token: String(tokens['token']) })).status, 200)
})

test('[22.9] who has a session and the password, but no recent factor, changes no factor', async () => {
  const { server, token, code: codeNow } = await enrolled()
  await using _ = server
  server.clock.advance(301)
  const body = { current_password: password }
  const lines = [
    'POST /me/factors/totp',
    'DELETE /me/factors/totp',
    'POST /me/factors/recovery-codes',
  ]
  for (const line of lines) {
    const refused = await request(server, line, { body, token })
    assert.equal(refused.code, 'step_up_required', line)
    assert.match(refused.headers.get('www-authenticate') ?? '', /insufficient_user_authentication/)
  }
  const byPassword = await request(server, 'POST /me/step-up', { body: { password }, token })
  assert.equal(byPassword.code, 'step_up_required', 'the password is not enough')
  const now = { code: codeNow() }
  const steppedUp = await request(server, 'POST /me/step-up', { body: now, token })
  assert.equal(steppedUp.status, 200)
  assert.equal((await request(server, 'GET /me', { token })).code, 'token_revoked')
  const fresh = String(steppedUp.body['token'])
  assert.equal(claimsOf(fresh)['auth_time'], server.clock.now())
  assert.equal(
    (await request(server, 'DELETE /me/factors/totp', { body, token: fresh })).status,
    204,
  )
  await signIn(server, 'ada', password)
})

test('[22.44] after the last factor is removed, the password proves nothing but itself', async () => {
  const { server, token } = await enrolled()
  await using _ = server
  const body = { current_password: password }
  assert.equal((await request(server, 'DELETE /me/factors/totp', { body, token })).status, 204)
  server.clock.advance(60)
  const steppedUp = await request(server, 'POST /me/step-up', { body: { password }, token })
  const { amr, acr, auth_time } = claimsOf(String(steppedUp.body['token']))
  assert.deepEqual([amr, acr, auth_time], [['pwd'], undefined, server.clock.now()])
})

test('[22.16] removing a factor ends the other sessions, and leaves none that claims it', async () => {
  const { server, token, code } = await enrolled()
  await using _ = server
  const body = { sign_in: await firstStep(server), code: code() }
  const other = String((await request(server, 'POST /login/factor', { body })).body['token'])
  const removal = { body: { current_password: password }, token }
  assert.equal((await request(server, 'DELETE /me/factors/totp', removal)).status, 204)
  assert.equal((await request(server, 'GET /me', { token: other })).code, 'token_revoked')
  await request(server, 'POST /login', { body: login })
  const { body: listed } = await request(server, 'GET /sessions', { token })
  const sessions = listed['sessions'] as readonly { readonly amr: readonly string[] }[]
  assert.deepEqual(
    sessions.map(({ amr }) => amr),
    [['pwd'], ['pwd']],
  )
})

test('step-up with the password makes the sign-in recent for a user without a factor', async () => {
  const { server } = await withAda()
  await using _ = server
  const token = await signIn(server, 'ada', password)
  server.clock.advance(100)
  const wrong = await request(server, 'POST /me/step-up', { body: { password: 'wrong' }, token })
  assert.equal(wrong.code, 'current_password_wrong')
  const right = await request(server, 'POST /me/step-up', { body: { password }, token })
  const claims = claimsOf(right.body['token'])
  assert.deepEqual(
    [claims['auth_time'], claims['amr'], claims['acr']],
    [server.clock.now(), ['pwd'], undefined],
  )
  const both = { password, code: '123456' }
  const fresh = String(right.body['token'])
  assert.equal(
    (await request(server, 'POST /me/step-up', { body: both, token: fresh })).code,
    'body_invalid',
  )
})

test('an administrator resets the factors of a user who has lost them', async () => {
  const { server, token, id } = await enrolled()
  await using _ = server
  const admin = await signIn(server)
  assert.equal((await request(server, `DELETE /admin/users/${id}/factors`, { token })).status, 403)
  const reset = await request(server, `DELETE /admin/users/${id}/factors`, { token: admin })
  assert.deepEqual(reset.body, { ended: 1 })
  assert.equal((await request(server, 'GET /me', { token })).code, 'token_revoked')
  await signIn(server, 'ada', password)
  const log = await request(server, `GET /admin/audit-log?user=${id}`, { token: admin })
  assert.ok(JSON.stringify(log.body).includes('factors_reset'))
})

function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  const payload = String(token).split('.')[1] ?? ''
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

test('[22.92] a user gets a mail when a recovery code was used, and when new ones were made', async () => {
  const { server, recoveryCodes } = await enrolled()
  await using _ = server
  const subjects = async () => (await server.mails()).map(({ subject }) => subject)
  const body = { sign_in: await firstStep(server), recovery_code: recoveryCodes[0] }
  const { body: tokens } = await request(server, 'POST /login/factor', { body })
  assert.ok((await subjects()).includes('A recovery code was used'))
  const made = await request(server, 'POST /me/factors/recovery-codes', {
    body: { current_password: password },
    token: String(tokens['token']),
  })
  assert.equal(made.status, 201)
  assert.ok((await subjects()).includes('New recovery codes were made'))
  const texts = (await server.mails()).map(({ text }) => text).join('\n')
  for (const code of [...recoveryCodes, ...(made.body['recovery_codes'] as string[])])
    assert.ok(!texts.includes(code))
})
