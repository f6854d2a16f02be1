import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthenticator } from '../../domain/factors/authenticator.fixture.ts'
import { userHandleOf } from '../../domain/factors/passkey.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'
import { addPasskeyTo, optionsOf, ownOrigin, signInByPasskey } from './passkeys.fixture.ts'

// The attempts with a passkey that are refused: each case with the code and the session that must not exist.

async function withPasskey() {
  const problems: unknown[] = []
  const info = (facts: Readonly<Record<string, unknown>>) => {
    const { problem } = (facts['facts'] ?? {}) as { readonly problem?: unknown }
    if (problem !== undefined) problems.push(problem)
  }
  const log = { info, warn: () => undefined, error: () => undefined }
  const { server, id, token: admin } = await withAda({}, { log })
  const added = await addPasskeyTo(server, { token: await signIn(server, 'ada', password), id })
  return { server, id, admin, problems, ...added }
}

const signatures = [
  ['another origin', { origin: 'https://countersign.example' }, 'origin'],
  ['an origin with another port', { origin: 'http://localhost:5001' }, 'origin'],
  ['another relying party', { rpId: 'countersign.example' }, 'unverified'],
  ['a frame of another origin', { crossOrigin: true }, 'malformed'],
  ['a response to another call', { type: 'webauthn.create' }, 'malformed'],
  ['a user who was not verified', { flags: 0x01 }, 'unverified'],
  ['a user who was not present', { flags: 0x04 }, 'unverified'],
  ['the handle of another user', { userHandle: userHandleOf('u_other') }, 'user'],
  ['no user handle', { userHandle: undefined }, 'user'],
  ['a counter that goes back', { counter: 0 }, 'counter'],
] as const

for (const [name, ceremony, problem] of signatures)
  test(`[22.40] ${name} is refused, and the operator reads why`, async () => {
    const { server, admin, id, authenticator, problems } = await withPasskey()
    await using _ = server
    const refused = await signInByPasskey(server, authenticator, ceremony)
    assert.deepEqual([refused.status, refused.code], [403, 'passkey_wrong'])
    assert.deepEqual(problems, [problem])
    const listed = await request(server, `GET /admin/users/${id}/sessions`, { token: admin })
    assert.equal((listed.body['sessions'] as unknown[]).length, 1)
    assert.equal((await signInByPasskey(server, authenticator)).status, 200, 'the honest one')
  })

test('[22.40] a changed signature, a replayed response and an unknown passkey are refused', async () => {
  const { server, id, authenticator, problems } = await withPasskey()
  await using _ = server
  const options = await optionsOf(server, 'POST /login/passkey/options')
  const right = authenticator.get(options)
  const { signature } = authenticator.get({
    challenge: options.challenge.replace(/^./, '_'),
  }).response
  const send = async (passkey: unknown) =>
    (await request(server, 'POST /login/passkey', { body: { passkey } })).code
  const changed = { ...right, response: { ...right.response, signature } }
  assert.equal(await send(changed), 'passkey_wrong')
  assert.equal(await send(right), undefined)
  assert.equal(await send(right), 'passkey_wrong')
  const unknown = createAuthenticator({ origin: ownOrigin, userId: id })
  const other = await optionsOf(server, 'POST /login/passkey/options')
  assert.equal(await send(unknown.get(other)), 'passkey_wrong')
  assert.deepEqual(problems, ['unverified', 'challenge', 'unknown'])
})

test('[22.40] a new passkey of another origin, of an unverified user or of a stale page is refused', async () => {
  const { server, id, token } = await withPasskey()
  await using _ = server
  const cases = [
    { origin: 'https://countersign.example' },
    { rpId: 'countersign.example' },
    { crossOrigin: true },
    { type: 'webauthn.get' },
    { flags: 0x01 },
  ]
  const body = { current_password: password }
  for (const ceremony of cases) {
    const authenticator = createAuthenticator({ origin: ownOrigin, userId: id })
    const options = await optionsOf(server, 'POST /me/factors/passkeys/options', { body, token })
    const made = { name: 'Key', passkey: authenticator.create(options, ceremony) }
    const refused = await request(server, 'POST /me/factors/passkeys', { body: made, token })
    assert.equal(refused.code, 'passkey_wrong', JSON.stringify(ceremony))
  }
  const { body: factors } = await request(server, 'GET /me/factors', { token })
  assert.equal((factors['passkeys'] as unknown[]).length, 1)
})

test('[22.41] options of a sign-in serve that sign-in only, and another user’s passkey does not help', async () => {
  const { server, admin, authenticator } = await withPasskey()
  await using _ = server
  const eve = { username: 'eve', password, email: 'eve@example.com', roles: [] }
  const made = await request(server, 'POST /admin/users', { token: admin, body: eve })
  const hers = await addPasskeyTo(server, {
    token: await signIn(server, 'eve', password),
    id: String(made.body['id']),
  })
  const begin = async (username: string) => {
    const { body } = await request(server, 'POST /login', { body: { username, password } })
    const { sign_in } = body
    const options = await optionsOf(server, 'POST /login/factor/options', { body: { sign_in } })
    return { sign_in, options }
  }
  const ada = await begin('ada')
  const evil = await begin('eve')
  const finish = async (sign_in: unknown, passkey: unknown) =>
    (await request(server, 'POST /login/factor', { body: { sign_in, passkey } })).code
  assert.equal(await finish(ada.sign_in, hers.authenticator.get(ada.options)), 'passkey_wrong')
  assert.equal(await finish(ada.sign_in, authenticator.get(evil.options)), 'passkey_wrong')
  const second = await begin('ada')
  const own = authenticator.get(second.options)
  const direct = await request(server, 'POST /login/passkey', { body: { passkey: own } })
  assert.equal(direct.code, 'passkey_wrong', 'a challenge of a second step starts no session alone')
  const third = await begin('ada')
  assert.equal(await finish(third.sign_in, authenticator.get(third.options)), undefined)
})
