import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthenticator } from '../../domain/factors/authenticator.fixture.ts'
import { password, request, signIn, withAda, type ApiResponse } from './api.fixture.ts'
import { addTotp, authenticator as applicationOf } from './factors.fixture.ts'
import { addPasskeyTo, optionsOf, ownOrigin, signInByPasskey } from './passkeys.fixture.ts'

const login = { username: 'ada', password }

/** Starts a server with ada, who has a passkey. */
async function withPasskey() {
  const { server, id, token: admin } = await withAda()
  const added = await addPasskeyTo(server, { token: await signIn(server, 'ada', password), id })
  return { server, id, admin, ...added }
}

function claimsOf(response: ApiResponse): Readonly<Record<string, unknown>> {
  const [, payload = ''] = String(response.body['token']).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

test('a passkey signs in without a user name, and counts as two factors that resist phishing', async () => {
  const { server, id, authenticator } = await withPasskey()
  await using _ = server
  const signedIn = await signInByPasskey(server, authenticator)
  assert.equal(signedIn.status, 200)
  const { sub, amr, acr } = claimsOf(signedIn)
  assert.deepEqual({ sub, amr, acr }, { sub: id, amr: ['pop', 'user', 'mfa'], acr: 'phr' })
})

test('with a passkey the password alone signs in no more, and the first one brings recovery codes', async () => {
  const { server, recoveryCodes } = await withPasskey()
  await using _ = server
  assert.equal(recoveryCodes.length, 10)
  const refused = await request(server, 'POST /login', { body: login })
  assert.equal(refused.code, 'factor_required')
  assert.deepEqual(refused.body['factors'], ['passkey', 'recovery_code'])
  const recovered = { sign_in: refused.body['sign_in'], recovery_code: recoveryCodes[0] }
  assert.equal((await request(server, 'POST /login/factor', { body: recovered })).status, 200)
})

test('a passkey is the second step of a sign-in', async () => {
  const { server, authenticator } = await withPasskey()
  await using _ = server
  const { sign_in } = (await request(server, 'POST /login', { body: login })).body
  const options = await optionsOf(server, 'POST /login/factor/options', { body: { sign_in } })
  assert.deepEqual(options['allowCredentials'], [
    { type: 'public-key', id: authenticator.credentialId, transports: ['internal'] },
  ])
  const body = { sign_in, passkey: authenticator.get(options) }
  const signedIn = await request(server, 'POST /login/factor', { body })
  assert.deepEqual(claimsOf(signedIn)['amr'], ['pwd', 'pop', 'user', 'mfa'])
})

test('a passkey steps up, and a code after it ends what the passkey proved', async () => {
  const { server, authenticator, token } = await withPasskey()
  await using _ = server
  const { code } = await addTotp(server, token)
  server.clock.advance(400)
  const before = await signInByPasskey(server, authenticator)
  server.clock.advance(400)
  const signedIn = String(before.body['token'])
  const coded = await request(server, 'POST /me/step-up', {
    body: { code: code() },
    token: signedIn,
  })
  assert.deepEqual([claimsOf(coded)['amr'], claimsOf(coded)['acr']], [['mfa', 'otp'], 'mfa'])
  const renewed = String(coded.body['token'])
  const options = await optionsOf(server, 'POST /me/step-up/options', { token: renewed })
  const body = { passkey: authenticator.get(options) }
  const stepped = await request(server, 'POST /me/step-up', { body, token: renewed })
  assert.deepEqual([claimsOf(stepped)['acr'], stepped.status], ['phr', 200])
})

test('several passkeys are listed, renamed and removed; recovery codes go with the last factor', async () => {
  const { server, id, token, passkeyId } = await withPasskey()
  await using _ = server
  server.clock.advance(1) // they are listed by age
  const key = await addPasskeyTo(server, { token, id, name: 'Security key' })
  assert.deepEqual(key.recoveryCodes, [], 'there were some')
  assert.equal((key.options['excludeCredentials'] as unknown[]).length, 1)
  const use = { token: key.token }
  const rename = { body: { name: ' Old telephone ' }, ...use }
  const path = `/me/factors/passkeys/${passkeyId}`
  assert.equal((await request(server, `PATCH ${path}`, rename)).status, 204)
  const names = async () => {
    const { body } = await request(server, 'GET /me/factors', use)
    const shown = body['passkeys'] as { readonly name: string }[]
    return [shown.map(({ name }) => name), body['recovery_codes_left']]
  }
  assert.deepEqual(await names(), [['Old telephone', 'Security key'], 10])
  const confirmed = { body: { current_password: password }, ...use }
  assert.equal((await request(server, `DELETE ${path}`, confirmed)).status, 204)
  assert.deepEqual(await names(), [['Security key'], 10])
  assert.equal((await request(server, `DELETE ${path}`, confirmed)).code, 'factor_unknown')
  const last = await request(server, `DELETE /me/factors/passkeys/${key.passkeyId}`, confirmed)
  assert.equal(last.status, 204)
  assert.deepEqual(await names(), [[], 0])
  assert.equal((await request(server, 'POST /login', { body: login })).status, 200)
})

test('[22.37] removing a passkey takes the password and a factor of the last five minutes', async () => {
  const { server, token, passkeyId } = await withPasskey()
  await using _ = server
  const path = `DELETE /me/factors/passkeys/${passkeyId}`
  const wrong = { body: { current_password: 'wrong horse battery' }, token }
  assert.equal((await request(server, path, wrong)).code, 'current_password_wrong')
  server.clock.advance(301)
  const late = { body: { current_password: password }, token }
  assert.equal((await request(server, path, late)).code, 'step_up_required')
  const options = 'POST /me/factors/passkeys/options'
  assert.equal((await request(server, options, late)).code, 'step_up_required')
})

test('[22.38] of a user who must have a factor the last one stays, and any kind is enough', async () => {
  const { server, id } = await withAda({ COUNTERSIGN_FACTORS_REQUIRED_FOR: 'editor' })
  await using _ = server
  const { sign_in } = (await request(server, 'POST /login', { body: login })).body
  const proposed = await request(server, 'POST /login/factor/totp', { body: { sign_in } })
  const code = applicationOf(server, proposed.body['secret'])
  const first = { body: { sign_in, code: code() } }
  const { tokens } = (await request(server, 'POST /login/factor/totp/confirm', first)).body
  const { token: signedIn } = tokens as { readonly token: string }
  const { token, passkeyId } = await addPasskeyTo(server, { token: signedIn, id })
  const confirmed = { body: { current_password: password }, token }
  assert.equal((await request(server, 'DELETE /me/factors/totp', confirmed)).status, 204)
  const last = await request(server, `DELETE /me/factors/passkeys/${passkeyId}`, confirmed)
  assert.equal(last.code, 'factor_needed')
  const { body } = await request(server, 'GET /me/factors', { token })
  assert.deepEqual([body['totp'], body['recovery_codes_left']], [false, 10])
})

test('each change of passkeys is an event and, but for a new name, a mail', async () => {
  const { server, id, admin, token, passkeyId } = await withPasskey()
  await using _ = server
  const path = `/me/factors/passkeys/${passkeyId}`
  await request(server, `PATCH ${path}`, { body: { name: 'Mine' }, token })
  await request(server, `DELETE ${path}`, { body: { current_password: password }, token })
  const log = await request(server, `GET /admin/audit-log?user=${id}`, { token: admin })
  const entries = log.body['entries'] as { readonly type: string }[]
  const types = new Set(entries.map(({ type }) => type))
  for (const type of ['factor_added', 'passkey_renamed', 'factor_removed'])
    assert.ok(types.has(type))
  const subjects = new Set((await server.mails()).map(({ subject }) => subject))
  for (const subject of ['A passkey was added', 'A second factor was removed'])
    assert.ok(subjects.has(subject), subject)
})

test('an administrator’s reset removes passkeys', async () => {
  const { server, id, admin, authenticator } = await withPasskey()
  await using _ = server
  const reset = await request(server, `DELETE /admin/users/${id}/factors`, { token: admin })
  assert.equal(reset.status, 200)
  assert.equal((await signInByPasskey(server, authenticator)).code, 'passkey_wrong')
  assert.equal((await request(server, 'POST /login', { body: login })).status, 200)
})

test('related origins are published for browsers', async () => {
  const origins = 'https://app.example.com'
  const { server } = await withAda({ COUNTERSIGN_CORS_ORIGINS: origins })
  await using _ = server
  const { body } = await request(server, 'GET /.well-known/webauthn')
  assert.deepEqual(body, { origins: [ownOrigin, origins] })
})

test('a disabled user signs in with no passkey', async () => {
  const { server, id, admin, authenticator } = await withPasskey()
  await using _ = server
  await request(server, `POST /admin/users/${id}/disable`, { token: admin })
  assert.equal((await signInByPasskey(server, authenticator)).code, 'credentials_wrong')
})

test('[22.34] a new passkey that has the credential id of another one is refused', async () => {
  const { server, id, token, authenticator } = await withPasskey()
  await using _ = server
  const body = { current_password: password }
  const options = await optionsOf(server, 'POST /me/factors/passkeys/options', { body, token })
  const again = { name: 'Again', passkey: authenticator.create(options) }
  const refused = await request(server, 'POST /me/factors/passkeys', { body: again, token })
  assert.equal(refused.code, 'passkey_wrong')
  const other = createAuthenticator({ origin: ownOrigin, userId: id })
  const replayed = { name: 'Replayed', passkey: other.create(options) }
  const late = await request(server, 'POST /me/factors/passkeys', { body: replayed, token })
  assert.equal(late.code, 'passkey_wrong', 'its challenge is used up')
})

test('[22.42] options of sign-ins are limited by address, and leave the sign-ins to the others', async () => {
  const { server } = await withAda({ COUNTERSIGN_LIMITS_ATTEMPTS: '5/1m' })
  await using _ = server
  const ask = async () =>
    (await request(server, 'POST /login/passkey/options', { address: '192.0.2.1' })).code
  const codes = []
  for (let at = 0; at < 6; at++) codes.push(await ask())
  assert.deepEqual(codes.filter(Boolean), ['limit_exceeded'])
  const signedIn = await request(server, 'POST /login', { body: login, address: '192.0.2.1' })
  assert.equal(signedIn.status, 200)
})

test('[22.43] the last passkey stays while the password is too short to be the only factor', async () => {
  const { server, token, passkeyId } = await withPasskey()
  await using _ = server
  const short = 'ojwmtfrl'
  const change = { current_password: password, new_password: short }
  const changed = await request(server, 'POST /password/change', { body: change, token })
  assert.equal(changed.status, 200)
  const confirmed = { body: { current_password: short }, token: String(changed.body['token']) }
  const path = `DELETE /me/factors/passkeys/${passkeyId}`
  assert.equal((await request(server, path, confirmed)).code, 'password_needs_factor')
})
