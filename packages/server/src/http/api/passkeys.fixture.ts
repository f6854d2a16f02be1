import assert from 'node:assert/strict'
import { createAuthenticator, type Ceremony } from '../../domain/factors/authenticator.fixture.ts'
import type { TestServer } from '../../testing.ts'
import { password, request } from './api.fixture.ts'

/** The origin of the development server in tests. */
export const ownOrigin = 'http://localhost:5000'

/** Returns options that the server makes: their challenge is all that an authenticator in memory needs. */
export async function optionsOf(
  server: Pick<TestServer, 'fetch'>,
  line: string,
  parts: Parameters<typeof request>[2] = {},
): Promise<{ readonly challenge: string; readonly [member: string]: unknown }> {
  const { status, body } = await request(server, line, parts)
  assert.equal(status, 200, line)
  return { ...body, challenge: String(body['challenge']) }
}

/** Adds a passkey of a new authenticator to the account of ada. */
export async function addPasskeyTo(
  server: Pick<TestServer, 'fetch'>,
  { token, id, name = 'Telephone' }: { token: string; id: string; name?: string },
) {
  const authenticator = createAuthenticator({ origin: ownOrigin, userId: id })
  const body = { current_password: password }
  const options = await optionsOf(server, 'POST /me/factors/passkeys/options', { body, token })
  const made = { name, passkey: authenticator.create(options) }
  const added = await request(server, 'POST /me/factors/passkeys', { body: made, token })
  assert.equal(added.status, 201)
  const tokens = added.body['tokens'] as Readonly<Record<string, unknown>>
  return {
    authenticator,
    options,
    passkeyId: String(added.body['id']),
    token: String(tokens['token']),
    recoveryCodes: added.body['recovery_codes'] as readonly string[],
  }
}

/** Signs in with a passkey alone. */
export async function signInByPasskey(
  server: Pick<TestServer, 'fetch'>,
  authenticator: ReturnType<typeof createAuthenticator>,
  ceremony?: Ceremony,
) {
  const options = await optionsOf(server, 'POST /login/passkey/options')
  const body = { passkey: authenticator.get(options, ceremony) }
  return request(server, 'POST /login/passkey', { body })
}
