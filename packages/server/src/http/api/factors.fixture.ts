import assert from 'node:assert/strict'
import * as OTPAuth from 'otpauth'
import type { TestServer } from '../../testing.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'

/** Returns the code that an authenticator application shows now. */
export function codeOf(server: TestServer, secret: unknown): string {
  const totp = new OTPAuth.TOTP({ secret: String(secret) })
  return totp.generate({ timestamp: server.clock.now() * 1000 })
}

/** Adds an authenticator application for ada; 30 seconds later, so that its next code is new. */
export async function enrolled(env: Readonly<Record<string, string>> = {}) {
  const ada = await withAda(env)
  const { server } = ada
  const token = await signIn(server, 'ada', password)
  const body = { current_password: password }
  const proposed = await request(server, 'POST /me/factors/totp', { body, token })
  assert.equal(proposed.status, 201)
  const { secret } = proposed.body
  const first = { code: codeOf(server, secret) }
  const confirmed = await request(server, 'POST /me/factors/totp/confirm', { body: first, token })
  assert.equal(confirmed.status, 200)
  const tokens = confirmed.body['tokens'] as Readonly<Record<string, unknown>>
  server.clock.advance(30)
  const recoveryCodes = confirmed.body['recovery_codes'] as readonly string[]
  return { ...ada, secret, before: token, token: String(tokens['token']), recoveryCodes }
}
