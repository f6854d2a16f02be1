import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { password, request, signIn } from './api.fixture.ts'

const email = 'ada@example.com'
const owner = '192.0.2.7'
const strangers = ['198.51.100.1', '203.0.113.1', '198.18.0.1']

/** Starts a server with the limits of production and a user with a verified address, whose budget is full. */
async function withVerified() {
  const server = await testServer({
    COUNTERSIGN_LIMITS_MAILS: '5/1h',
    COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes',
  })
  const token = await signIn(server)
  await request(server, 'POST /admin/users', { token, body: { username: 'ada', password, email } })
  const ada = await signIn(server, 'ada', password)
  await request(server, 'POST /email/verification', { token: ada })
  const [mail] = await server.mails()
  const code = /^\d{3} \d{3} \d{3}$/m.exec(mail?.text ?? '')?.[0]
  assert.equal(
    (await request(server, 'POST /email/verify', { token: ada, body: { code } })).status,
    204,
  )
  server.clock.advance(3600)
  return {
    server,
    ask: (path: '/password/forgot' | '/login/code', address: string) =>
      request(server, `POST ${path}`, { body: { email }, address }),
    /** Counts the mails whose links lead to a page. */
    count: async (page: string) =>
      (await server.mails()).filter(({ text }) => text.includes(page)).length,
  }
}

test('[19.15] sign-in codes that strangers ask for leave the owner a mail with a new password', async () => {
  const { server, ask, count } = await withVerified()
  await using _ = server
  for (const stranger of strangers)
    for (let times = 0; times < 3; times++) await ask('/login/code', stranger)
  await ask('/password/forgot', owner)
  assert.equal(await count('/reset-password'), 1)
  assert.equal(await count('/sign-in-code'), 4, 'of the five mails of an hour')
})

test('[19.15] a request that sends no mail, because three codes are live, takes none from the budget', async () => {
  const { server, ask, count } = await withVerified()
  await using _ = server
  for (const stranger of strangers) await ask('/password/forgot', stranger)
  for (let times = 0; times < 3; times++) await ask('/password/forgot', owner)
  assert.equal(await count('/reset-password'), 3)
  server.clock.advance(600)
  await ask('/password/forgot', owner)
  assert.equal(await count('/reset-password'), 4)
})
