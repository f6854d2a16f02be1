import assert from 'node:assert/strict'
import { testServer, type TestServer } from '../../testing.ts'
import { openBrowser, type TestBrowser } from '../pages/test-browser.fixture.ts'
import { password, request, signIn } from './api.fixture.ts'
import { addTotp } from './factors.fixture.ts'
import { driverOf, withApplication } from './oauth/application.fixture.ts'

// A user before and after a policy requires second factors.

/** The tokens and sign-ins that ada had before the policy. */
interface Earlier {
  readonly token: string
  readonly refreshToken: string
  readonly apiToken: string
  readonly grant: string
  readonly code: string
  readonly browser: TestBrowser
}

type Flow = Awaited<ReturnType<typeof withApplication>>

/** A server with the policy, and what ada had before it. */
export interface World {
  readonly server: TestServer
  readonly earlier: Earlier
  readonly flow: Flow
}

const settingsOf = (file: string) => ({
  COUNTERSIGN_DATABASE_URL: `sqlite:${file}`,
  COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes',
  COUNTERSIGN_USERS_REGISTRATION: 'open',
})

/** The tokens and sign-ins that ada had before the policy, and the application. The server has been closed. */
export interface Prepared {
  readonly earlier: Earlier
  readonly flow: Flow
}

/** Gives ada a session, an API token, a grant and a code of an application in a new database, and a factor if that is the policy. */
export async function prepare(file: string, policy: string): Promise<Prepared> {
  const flow = await withApplication({}, settingsOf(file))
  await using server = flow.server
  await verifyEmail(server)
  const { body } = await request(server, 'POST /login', { body: { username: 'ada', password } })
  const token = String(body['token'])
  const made = await request(server, 'POST /me/tokens', {
    token,
    body: { name: 'old', scopes: ['roles'] },
  })
  const browser = openBrowser(server)
  const granted = await flow.redeem(
    await flow.authorize({ scope: 'openid offline_access', prompt: 'consent' }, browser),
  )
  const earlier = {
    token,
    refreshToken: String(body['refresh_token']),
    apiToken: String(made.body['token']),
    grant: String(granted.body['refresh_token']),
    code: await flow.authorize({ prompt: 'consent' }, browser),
    browser,
  }
  if (policy === 'factor') await addTotp(server)
  return { earlier, flow }
}

/** Starts a server with the policy on a database that {@link prepare} filled, with the browser that ada used before. */
export async function openWorld(file: string, policy: string, prepared: Prepared): Promise<World> {
  const required_for = policy === 'factor' ? '' : policy
  const settings = { ...settingsOf(file), COUNTERSIGN_FACTORS_REQUIRED_FOR: required_for }
  const server = await testServer(settings, prepared.flow.server.clock)
  const browser = openBrowser(server)
  for (const [name, value] of prepared.earlier.browser.cookies) browser.cookies.set(name, value)
  const { clientId } = prepared.flow
  const flow = { ...prepared.flow, ...driverOf(server, clientId, prepared.flow) }
  return { server, earlier: { ...prepared.earlier, browser }, flow }
}

async function verifyEmail(server: TestServer): Promise<void> {
  const token = await signIn(server, 'ada', password)
  await request(server, 'POST /email/verification', { token })
  const body = { code: await codeIn(server) }
  assert.equal((await request(server, 'POST /email/verify', { body, token })).status, 204)
}

/** Returns the code of the first mail that has one. */
export async function codeIn(server: TestServer): Promise<string> {
  const texts = (await server.mails()).map(({ text }) => /^\d{3} \d{3} \d{3}$/m.exec(text)?.[0])
  return texts.find((one) => one !== undefined) ?? ''
}
