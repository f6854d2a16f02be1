import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../testing.ts'
import { openBrowser } from '../pages/test-browser.fixture.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'
import { addTotp, authenticator } from './factors.fixture.ts'

const policy = { COUNTERSIGN_FACTORS_REQUIRED_FOR: 'editor' }

/** Takes the first step of a sign-in of ada, who must have a factor. */
async function firstStep(server: TestServer, code = 'factor_enrolment_required') {
  const body = { username: 'ada', password }
  const answer = await request(server, 'POST /login', { body })
  assert.equal(answer.code, code)
  return { sign_in: String(answer.body['sign_in']), factors: answer.body['factors'] }
}

/** Requests a secret in a sign-in, and returns the codes that an application shows. */
async function propose(server: TestServer, sign_in: string) {
  const made = await request(server, 'POST /login/factor/totp', { body: { sign_in } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return authenticator(server, made.body['secret'])
}

const confirm = (server: TestServer, body: unknown) =>
  request(server, 'POST /login/factor/totp/confirm', { body })

test('a user who must have a factor adds one in the sign-in, which it completes', async () => {
  const { server } = await withAda(policy)
  await using _ = server
  const { sign_in, factors } = await firstStep(server)
  assert.deepEqual(factors, [])
  const unproposed = await confirm(server, { sign_in, code: '123456' })
  assert.equal(unproposed.code, 'factor_not_proposed')
  const code = await propose(server, sign_in)
  const added = await confirm(server, { sign_in, code: code() })
  assert.equal(added.status, 200)
  assert.equal((added.body['recovery_codes'] as readonly string[]).length, 10)
  const { token } = added.body['tokens'] as { readonly token: string }
  assert.equal((await request(server, 'GET /me', { token })).status, 200)
  const again = await confirm(server, { sign_in, code: code() })
  assert.equal(again.code, 'sign_in_expired')
  server.clock.advance(30)
  const next = await firstStep(server, 'factor_required')
  assert.deepEqual(next.factors, ['totp', 'recovery_code'])
  const body = { sign_in: next.sign_in, code: code() }
  assert.equal((await request(server, 'POST /login/factor', { body })).status, 200)
  const notices = (await server.mails()).map(({ subject }) => subject)
  assert.ok(notices.includes('A second factor was added'))
})

test('[22.11] the password is not enough to add another factor, in no sign-in that waits', async () => {
  const { server } = await withAda(policy)
  await using _ = server
  const thief = await firstStep(server)
  const thiefsCode = await propose(server, thief.sign_in)
  const owner = await firstStep(server)
  const code = await propose(server, owner.sign_in)
  assert.equal((await confirm(server, { sign_in: owner.sign_in, code: code() })).status, 200)
  const body = { sign_in: thief.sign_in }
  for (const refused of [
    await request(server, 'POST /login/factor/totp', { body }),
    await confirm(server, { ...body, code: thiefsCode() }),
  ])
    assert.equal(refused.code, 'factor_required')
})

test('[22.12] five wrong first codes end the sign-in', async () => {
  const { server } = await withAda(policy)
  await using _ = server
  const { sign_in } = await firstStep(server)
  const code = await propose(server, sign_in)
  const wrong = code() === '000000' ? '000001' : '000000'
  for (let at = 0; at < 5; at++)
    assert.equal((await confirm(server, { sign_in, code: wrong })).code, 'factor_wrong')
  assert.equal((await confirm(server, { sign_in, code: code() })).code, 'sign_in_expired')
})

test('[22.13] a user who must have a factor cannot remove it', async () => {
  const { server } = await withAda(policy)
  await using _ = server
  const { sign_in } = await firstStep(server)
  const code = await propose(server, sign_in)
  const { body } = await confirm(server, { sign_in, code: code() })
  const { token } = body['tokens'] as { readonly token: string }
  const removal = { body: { current_password: password }, token }
  assert.equal((await request(server, 'DELETE /me/factors/totp', removal)).code, 'factor_needed')
})

test('[22.10] an administrator who must have a factor administers nothing with an earlier session', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-factors-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder, 'data.db')}` }
  await using before = await testServer(env)
  const token = await signIn(before)
  const browser = openBrowser(before)
  await browser.signIn()
  assert.equal((await browser.get('/console')).path, '/console')
  const strict = { ...env, COUNTERSIGN_FACTORS_REQUIRED_FOR: 'admin' }
  await using after = await testServer(strict, before.clock)
  const moved = openBrowser(after)
  for (const [name, value] of browser.cookies) moved.cookies.set(name, value)
  assert.equal((await request(after, 'GET /admin/users', { token })).code, 'second_factor_missing')
  assert.equal((await moved.get('/console')).path.split('?')[0], '/sign-in')
})

test('[22.95] a reset by mail verifies no address of an account with a factor, which a stranger may have added', async () => {
  const { server } = await withAda()
  await using _ = server
  const { code } = await addTotp(server)
  const email = 'ada@example.com'
  await request(server, 'POST /password/forgot', { body: { email } })
  const texts = (await server.mails()).map(({ text }) => text)
  const [sent] = texts.flatMap((text) => /^\d{3} \d{3} \d{3}$/m.exec(text) ?? [])
  const next = 'cirrus over seven lakes'
  const body = { email, code: sent, new_password: next }
  assert.equal((await request(server, 'POST /password/reset', { body })).status, 204)
  server.clock.advance(30)
  const asked = await request(server, 'POST /login', { body: { username: 'ada', password: next } })
  assert.equal(asked.code, 'factor_required')
  const proof = { sign_in: asked.body['sign_in'], code: code() }
  const { body: tokens } = await request(server, 'POST /login/factor', { body: proof })
  const me = await request(server, 'GET /me', { token: String(tokens['token']) })
  assert.equal(me.body['email_verified'], false)
})
