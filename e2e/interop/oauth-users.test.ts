import { blockOf, importBlock, substituted } from '@countersign/testing/guides'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import * as oauth from 'oauth4webapi'
import {
  answerConsent,
  askedUser,
  openBrowser,
} from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import { databases, openOAuthWorld, worldFor, type OpenDatabase } from '@countersign/testing/oauth'

// Users sign in by clients that were not written here: on another device, and by a pushed request.

for (const [name, open, skip] of databases)
  suite(`on ${name}, users sign in:`, { skip }, () => signIns(open))

const callback = 'https://wiki.example/callback'
const insecure = { [oauth.allowInsecureRequests]: true }

/** Opens a world with an application for devices, and one with pages. */
async function openWorld(database: string) {
  const world = await openOAuthWorld(database)
  const add = async (given: object) => (await world.add({ public: true, ...given })).id
  const grants = ['urn:ietf:params:oauth:grant-type:device_code']
  const deviceId = await add({ name: 'device', grants })
  return { ...world, deviceId, wikiId: await add({ name: 'wiki', redirect_uris: [callback] }) }
}

function signIns(open: OpenDatabase): void {
  const world = worldFor(open, openWorld)

  /** Types the code of a device on its page, as the user admin. */
  async function allow(userCode: string) {
    const { server, issuer } = world()
    const browser = openBrowser(server, issuer)
    await browser.signIn()
    const asked = await browser.send('/device', { user_code: userCode })
    const answered = { user_code: userCode, user: askedUser(asked), decision: 'allow' }
    assert.match((await browser.send('/device/answer', answered)).text, /The device is signed in/)
  }

  test('oauth4webapi, by the device grant as its guide has it', async (t) => {
    const { issuer, deviceId } = world()
    const { signIn } = await importBlock<{
      signIn(issuer: string, client: string, options: object): Promise<oauth.TokenEndpointResponse>
    }>('command-line-sign-in.md', 1)
    const allowed: Promise<void>[] = []
    t.mock.method(console, 'error', (line: unknown) => {
      const [, code] = / enter (.+)$/.exec(String(line)) ?? []
      if (code !== undefined) allowed.push(allow(code)) // Node prints its warnings there too
    })
    const tokens = await signIn(issuer, deviceId, insecure)
    await Promise.all(allowed)
    assert.equal(tokens.scope, 'openid profile')
    assert.ok(tokens.refresh_token)
    assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.aud, deviceId)
  })

  test('curl, by the device grant as its guide has it', async () => {
    const { issuer, deviceId } = world()
    const run = async (at: number, more: Readonly<Record<string, string>> = {}) => {
      const block = blockOf('command-line-sign-in.md', 'sh', at)
      const env = { ...process.env, CLIENT: deviceId, ...more }
      const script = substituted(block, { 'https://auth.example.com': issuer })
      const { stdout } = await promisify(execFile)('sh', ['-c', script], { env })
      return JSON.parse(stdout) as Readonly<Record<string, unknown>>
    }
    const begun = await run(3)
    await allow(String(begun['user_code']))
    const tokens = await run(4, { DEVICE_CODE: String(begun['device_code']) })
    assert.equal(tokens['token_type'], 'Bearer', JSON.stringify(tokens))
  })

  test('oauth4webapi, which pushes its request', async () => {
    const { server, issuer, wikiId } = world()
    const url = new URL(issuer)
    const found = await oauth.discoveryRequest(url, insecure)
    const known = await oauth.processDiscoveryResponse(url, found)
    const client = { client_id: wikiId }
    const verifier = oauth.generateRandomCodeVerifier()
    const parameters = {
      response_type: 'code',
      redirect_uri: callback,
      scope: 'openid',
      state: 'state-1',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const none = oauth.None()
    const answer = await oauth.pushedAuthorizationRequest(known, client, none, parameters, insecure)
    const pushed = await oauth.processPushedAuthorizationResponse(known, client, answer)
    const browser = openBrowser(server, issuer)
    await browser.signIn()
    const query = new URLSearchParams({ ...client, request_uri: pushed.request_uri })
    const asked = await browser.get(`/oauth/authorize?${query}`)
    const answered = await answerConsent(browser, asked, 'allow')
    const given = oauth.validateAuthResponse(known, client, new URL(answered.path), 'state-1')
    const response = await oauth.authorizationCodeGrantRequest(
      known,
      client,
      none,
      given,
      callback,
      verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(known, client, response)
    assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.aud, wikiId)
  })
}
