import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { deviceGrant } from '../../domain/clients/client.ts'
import { withApplication } from '../../http/api/oauth/application.fixture.ts'
import { openBrowser } from '../../http/pages/test-browser.fixture.ts'
import { countersignHere } from '../in-process.fixture.ts'

const issuer = 'http://localhost:5000'

/** Starts a server that `fetch` reaches. While the command waits, ada gives an answer, and the time of the server goes on. */
async function withTerminal(t: TestContext, decision: 'allow' | 'deny') {
  const device = { name: 'tool', grants: [deviceGrant], redirect_uris: undefined }
  const scopes = ['openid', 'profile', 'offline_access']
  const world = await withApplication({ ...device, scopes, resources: [issuer] })
  const { server, clientId, userId: user } = world
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')
  t.mock.method(globalThis, 'fetch', async (to: string, init: RequestInit) => {
    const response = await server.fetch(new Request(to, init))
    if (!to.endsWith('/oauth/device')) return response
    const begun = (await response.json()) as Readonly<Record<string, unknown>>
    const user_code = String(begun['user_code'])
    await browser.send('/device/answer', { user_code, user, decision })
    return Response.json({ ...begun, interval: 0 })
  })
  const folder = scratch()
  const run = (...words: string[]) =>
    countersignHere([...words, '--file', join(folder.path, 'own', 'login.json')])
  const file = join(folder.path, 'own', 'login.json')
  const signIn = () => run('login', '--issuer', `${issuer}/`, '--client', clientId)
  const close = async () => {
    await server.close()
    folder[Symbol.dispose]()
  }
  return { ...world, run, signIn, file, [Symbol.asyncDispose]: close }
}

test('[21.29] a terminal signs in with a code, prints a token for curl, and signs out', async (t) => {
  await using world = await withTerminal(t, 'allow')
  const { server, run, signIn, file } = world
  const signedIn = await signIn()
  assert.equal(signedIn.code, 0, signedIn.output)
  assert.match(signedIn.stderr, /\/device in a browser[\s\S]*[A-Z]{4}-[A-Z]{4}[\s\S]*Signed in/)
  assert.equal(signedIn.stdout, '')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const { accessToken } = JSON.parse(readFileSync(file, 'utf8')) as { accessToken: string }
  assert.doesNotMatch(signedIn.output, new RegExp(accessToken))
  const info = async (token: string) => {
    const headers = { authorization: `Bearer ${token.trim()}` }
    const asked = new Request(`${issuer}/oauth/userinfo`, { headers })
    return (await server.fetch(asked)).status
  }
  const printed = await run('login', '--print')
  assert.equal(printed.stdout, `${accessToken}\n`)
  assert.equal(await info(printed.stdout), 200)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 890_000 })
  server.clock.advance(900)
  const renewed = await run('login', '--print')
  t.mock.timers.reset()
  assert.notEqual(renewed.stdout, printed.stdout)
  assert.equal(await info(renewed.stdout), 200)
  assert.equal((await run('logout')).code, 0)
  assert.equal(await info(renewed.stdout), 401)
  assert.equal(existsSync(file), false)
  for (const words of [['logout'], ['login', '--print']])
    assert.match((await run(...words)).stderr, /not_signed_in/)
})

test('a terminal whose user denies has no tokens, and one without a client learns how to add one', async (t) => {
  await using world = await withTerminal(t, 'deny')
  const { run, signIn, file } = world
  const denied = await signIn()
  assert.equal(denied.code, 1)
  assert.match(denied.stderr, /access_denied: The user has refused \(sign_in_failed\)/)
  assert.equal(existsSync(file), false)
  const without = await run('login', '--issuer', issuer)
  assert.equal(without.code, 2)
  assert.match(without.stderr, /countersign client add cli --public --grants urn:/)
  const unknown = await run('login', '--issuer', issuer, '--client', 'c_unknown')
  assert.match(unknown.stderr, /invalid_client: .*--client must be the id of a public application/)
  const insecure = await run('login', '--issuer', 'http://auth.example.com', '--client', 'c')
  assert.equal(insecure.code, 2)
})
