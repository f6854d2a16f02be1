import assert from 'node:assert/strict'
import { codeAt } from '@countersign/testing/authenticator'
import type { TestServer } from '../../testing.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'

/** Returns what shows the codes of a secret, as an authenticator application does. */
export function authenticator(server: Pick<TestServer, 'clock'>, secret: unknown): () => string {
  return () => codeAt(String(secret), server.clock.now())
}

/** Adds an authenticator application for ada, who has no other session then; she signs in with the password unless `signedIn` is her token. */
export async function addTotp(server: TestServer, signedIn?: string) {
  const token = signedIn ?? (await signIn(server, 'ada', password))
  const body = { current_password: password }
  const proposed = await request(server, 'POST /me/factors/totp', { body, token })
  assert.equal(proposed.status, 201)
  const code = authenticator(server, proposed.body['secret'])
  const first = { body: { code: code() }, token }
  const confirmed = await request(server, 'POST /me/factors/totp/confirm', first)
  assert.equal(confirmed.status, 200)
  const tokens = confirmed.body['tokens'] as Readonly<Record<string, unknown>>
  const recoveryCodes = confirmed.body['recovery_codes'] as readonly string[]
  return { code, recoveryCodes, before: token, token: String(tokens['token']) }
}

/** Adds an authenticator application for ada; 30 seconds later, so that its next code is new. */
export async function enrolled(env: Readonly<Record<string, string>> = {}) {
  const ada = await withAda(env)
  const added = await addTotp(ada.server)
  ada.server.clock.advance(30)
  return { ...ada, ...added }
}
