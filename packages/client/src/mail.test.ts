import { testServer } from '@countersign/server/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCountersignError } from './failures.ts'
import { createSession } from './session.ts'

const url = 'http://localhost:5000'
const email = 'ada@example.com'
const password = 'correct horse battery'

const refused = (code: string) => (error: unknown) =>
  isCountersignError(error) && error.code === code

test('[19.12] a session verifies an address, resets a password, and signs in by address and by code', async () => {
  await using server = await testServer({
    COUNTERSIGN_USERS_REGISTRATION: 'open',
    COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes',
  })
  const fetch: typeof globalThis.fetch = (...request) => server.fetch(new Request(...request))
  using session = createSession({ url, mode: 'bearer', fetch })
  const codeIn = async () => {
    const codes = (await server.mails()).map(({ text }) => /^\d{3} \d{3} \d{3}$/m.exec(text)?.[0])
    return codes.find((code) => code !== undefined) ?? ''
  }
  await session.call('POST /register', { body: { username: 'ada', password, email } })
  await session.signIn({ username: 'ada', password })
  await assert.rejects(session.verifyEmail('000000000'), refused('code_wrong'))
  await session.verifyEmail(await codeIn())
  assert.equal((await session.call('GET /me')).email_verified, true, 'with a fresh token')
  await session.call('PATCH /me', { body: { language: 'de' } })
  await session.signOut()

  await session.forgotPassword(email)
  const newPassword = 'cirrus over seven lakes'
  const code = await codeIn()
  assert.match((await server.mails())[0]?.text ?? '', /^Hallo ada,/)
  await assert.rejects(
    session.resetPassword({ email, code, newPassword: 'short' }),
    refused('password_too_short'),
  )
  await session.resetPassword({ email, code, newPassword })
  await session.signIn({ email, password: newPassword })
  await session.signOut()

  await session.sendSignInCode(email)
  await session.signInWithCode({ email, code: await codeIn() })
  assert.equal(session.state.status, 'signed_in')
})
