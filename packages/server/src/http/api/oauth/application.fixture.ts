import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { answerConsent, openBrowser, type TestBrowser } from '../../pages/test-browser.fixture.ts'
import { request, withAda } from '../api.fixture.ts'
import { audience, post } from './oauth.fixture.ts'

/** The redirect URI of the application of the tests. */
export const redirectUri = 'https://app.example/callback'

/** A pair of PKCE (RFC 7636). */
export function pkce() {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Starts a server with the user ada, a resource, and an application that may ask for it and for who she is. */
export async function withApplication(
  change: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
  ports?: Parameters<typeof withAda>[1],
) {
  const { server, token, id } = await withAda(env, ports)
  const scopes = ['notes:read', 'notes:write']
  await request(server, 'POST /admin/resources', { token, body: { audience, scopes } })
  const add = async (given: Readonly<Record<string, unknown>>) => {
    const body = {
      redirect_uris: [redirectUri],
      public: true,
      scopes: [...scopes, 'openid', 'profile', 'email', 'offline_access', 'roles'],
      resources: [audience, 'http://localhost:5000'],
      ...given,
    }
    const made = await request(server, 'POST /admin/clients', { token, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body
  }
  const client = await add({ name: 'wiki', ...change })
  const clientId = String(client['id'])
  return { server, token, userId: id, add, client, clientId, ...driverOf(server, clientId) }
}

type Server = Awaited<ReturnType<typeof withAda>>['server']

/** Drives the application's part of the flow, as a program does that keeps its verifier. */
export function driverOf(server: Server, clientId: string, { verifier, challenge } = pkce()) {
  const url = (change: Readonly<Record<string, string>> = {}) => {
    const asked = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'openid profile',
      resource: 'http://localhost:5000',
      state: 'state-1',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...change,
    }
    return `/oauth/authorize?${new URLSearchParams(asked)}`
  }
  const redeem = (code: string, change: Readonly<Record<string, string>> = {}) =>
    post(server, '/oauth/token', {
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      code_verifier: verifier,
      ...change,
    })
  const refresh = (token: unknown, change: Readonly<Record<string, string>> = {}) =>
    post(server, '/oauth/token', {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: String(token),
      ...change,
    })
  /** Signs ada in with a browser, and lets her agree; returns the code. */
  const authorize = async (
    change: Readonly<Record<string, string>> = {},
    browser: TestBrowser = openBrowser(server),
  ) => {
    if (browser.cookies.size === 0) await browser.signIn('ada', 'correct horse battery')
    const asked = await browser.get(url(change))
    const answered = asked.path.startsWith(redirectUri)
      ? asked
      : await answerConsent(browser, asked, 'allow')
    return codeOf(answered.path)
  }
  return { verifier, challenge, url, redeem, refresh, authorize }
}

/** Returns the code of the redirect to an application. */
export function codeOf(uri: string): string {
  const code = new URL(uri).searchParams.get('code')
  assert.ok(code, uri)
  return code
}
