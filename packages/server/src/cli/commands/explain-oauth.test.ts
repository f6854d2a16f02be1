import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { deviceGrant } from '../../domain/clients/client.ts'
import type { Log } from '../../domain/kernel/ports.ts'
import { request } from '../../http/api/api.fixture.ts'
import { withApplication } from '../../http/api/oauth/application.fixture.ts'
import { post } from '../../http/api/oauth/oauth.fixture.ts'
import { answerConsent, openBrowser } from '../../http/pages/test-browser.fixture.ts'
import { countersignHere } from '../in-process.fixture.ts'
import { productionEnv } from '../transcript.fixture.ts'

/** A log that is kept, line by line, as the server writes it. */
function keptLog() {
  const lines: string[] = []
  const write = (level: string) => (facts: object, msg: string) =>
    void lines.push(JSON.stringify({ level, ...facts, msg }))
  const log: Log = { info: write('info'), warn: write('warn'), error: write('error') }
  return { lines, log }
}

suite('[21.100] every refusal of OAuth is explained by the id of its answer', async () => {
  const { lines, log } = keptLog()
  const fetchDocument = async () => ({ problem: 'status_404' })
  const grants = ['authorization_code', deviceGrant]
  const env = { COUNTERSIGN_OAUTH_CLIENT_METADATA_DOCUMENTS: 'agent.example' }
  const world = await withApplication({ grants }, env, { log, fetchDocument })
  const { server, url, clientId, authorize, redeem, refresh } = world
  const folder = scratch()
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')
  const secrets = ['correct horse battery', 'csk_planted', 'planted-secret', 'planted.jwt.token']
  after(async () => {
    await server.close()
    folder[Symbol.dispose]()
  })

  /** Explains the request of an answer from the log, with what was refused and what to do next. */
  async function explains(headers: Headers, code: string, what: RegExp) {
    const id = headers.get('x-request-id') ?? ''
    assert.match(id, /^[\w-]{36}$/)
    const file = join(folder.path, 'log')
    writeFileSync(file, lines.join('\n'))
    const printed = await countersignHere(['explain', id, '--log', file], { env: productionEnv() })
    const { output } = printed
    assert.equal(printed.code, 3, output)
    assert.match(output, new RegExp(`^Refused: ${code}\\b`, 'm'))
    assert.match(output, what)
    assert.match(output, /^(Next|Likely cause): ./m)
    for (const one of secrets) assert.ok(!lines.join('').includes(one), one)
  }

  test('the authorization page: redirects, pages, denials, and documents that cannot be fetched', async () => {
    const rows: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
      [{ scope: 'openid admin:users' }, 'invalid_scope', /a scope is unknown/],
      [{ resource: 'https://other.example' }, 'invalid_target', /the resource is unknown/],
      [{ code_challenge_method: 'plain' }, 'invalid_request', /must be S256/],
      [{ response_type: 'token' }, 'unsupported_response_type', /must be code/],
      [{ request: 'planted.jwt.token' }, 'request_not_supported', /request is not supported/],
      [{ prompt: 'none' }, 'consent_required', /the user must agree/],
      [{ client_id: 'c_none' }, 'authorization_request_invalid', /not that of an application/],
      [
        { redirect_uri: 'https://evil.example/' },
        'authorization_request_invalid',
        /differs from .* at character/,
      ],
      [{ client_id: 'https://agent.example/c' }, 'authorization_request_invalid', /status_404/],
      [{ client_id: 'https://other.example/c' }, 'authorization_request_invalid', /not_accepted/],
      [
        { request_uri: 'urn:ietf:params:oauth:request_uri:planted-secret' },
        'authorization_request_invalid',
        /unknown, expired or used/,
      ],
    ]
    for (const [change, code, what] of rows) {
      const { headers, status, text } = await browser.get(url(change))
      await explains(headers, code, what)
      if (status === 400) assert.ok(text.includes(headers.get('x-request-id')!), 'on the page')
    }
    const asked = await browser.get(url())
    const denied = await answerConsent(browser, asked, 'deny')
    await explains(denied.headers, 'access_denied', /the user has refused/)
    const signedOut = await openBrowser(server).get(url({ prompt: 'none' }))
    await explains(signedOut.headers, 'login_required', /must sign in/)
    const crossSite = { 'sec-fetch-site': 'cross-site' }
    const crossed = await browser.send(asked.path, { decision: 'allow' }, crossSite)
    await explains(crossed.headers, 'form_cross_site', /POST \/oauth\/authorize/)
  })

  test('the token endpoint', async () => {
    const wrong = { client_id: clientId, client_secret: 'planted-secret' }
    const client = await post(server, '/oauth/token', { grant_type: 'refresh_token', ...wrong })
    await explains(client.headers, 'client_unauthenticated', /problem/)
    const code = await authorize({}, browser)
    const verifier = await redeem(code, { code_verifier: 'x'.repeat(43) })
    await explains(verifier.headers, 'grant_invalid', /verifier_wrong/)
    const target = await redeem(code, { resource: 'https://other.example' })
    await explains(target.headers, 'target_invalid', /Invalid resource/)
    const proof = await post(
      server,
      '/oauth/token',
      { grant_type: 'authorization_code', client_id: clientId, code },
      { dpop: 'planted.jwt.token' },
    )
    await explains(proof.headers, 'dpop_proof_invalid', /check/)
    const { body } = await redeem(code)
    await explains((await redeem(code)).headers, 'grant_invalid', /code_used/)
    const refused = await refresh(body['refresh_token'])
    await explains(refused.headers, 'grant_invalid', /session_ended/)
    const grant = await post(server, '/oauth/token', {
      grant_type: 'password',
      client_id: clientId,
    })
    await explains(grant.headers, 'grant_unsupported', /the metadata list/)
    secrets.push(code, String(body['access_token']), String(body['refresh_token']))
    const info = await request(server, 'GET /oauth/userinfo', {
      token: String(body['access_token']),
    })
    await explains(info.headers, 'token_revoked', /Likely cause/)
  })

  test('pushed requests, device codes, introspection, revocation, user information and sign-out', async () => {
    const asked = Object.fromEntries(new URLSearchParams(url().split('?')[1]))
    const par = (change: Readonly<Record<string, string>>) =>
      post(server, '/oauth/par', { ...asked, ...change })
    await explains((await par({ scope: 'x' })).headers, 'scope_invalid', /a scope is unknown/)
    const uri = await par({ redirect_uri: 'https://evil.example/' })
    await explains(uri.headers, 'authorization_request_invalid', /at character/)
    const uriOfUri = await par({ request_uri: 'urn:x:planted-secret' })
    await explains(uriOfUri.headers, 'parameter_invalid', /request_uri is not supported/)

    const own = { client_id: clientId }
    const device = await post(server, '/oauth/device', { ...own, resource: 'https://o.example' })
    await explains(device.headers, 'target_invalid', /Invalid resource/)
    const begun = await post(server, '/oauth/device', { ...own, resource: asked['resource']! })
    const poll = () =>
      post(server, '/oauth/token', {
        ...own,
        grant_type: deviceGrant,
        device_code: String(begun.body['device_code']),
      })
    await explains((await poll()).headers, 'authorization_pending', /not answered yet/)
    await explains((await poll()).headers, 'polled_too_fast', /too soon/)
    const typed = await browser.send('/device', { user_code: 'BBBB-BBBB' })
    await explains(typed.headers, 'user_code_wrong', /POST \/device/)

    const client_secret = 'csk_planted'
    for (const path of ['/oauth/introspect', '/oauth/revoke']) {
      const refused = await post(server, path, { ...own, client_secret, token: 'planted-secret' })
      await explains(refused.headers, 'client_unauthenticated', /problem/)
    }
    const info = await request(server, 'GET /oauth/userinfo')
    await explains(info.headers, 'token_missing', /GET \/oauth\/userinfo/)
    const malformed = await request(server, 'GET /oauth/userinfo', { token: 'planted.jwt.token' })
    await explains(malformed.headers, 'token_malformed', /Likely cause/)

    const logout = (query: Readonly<Record<string, string>>) =>
      browser.get(
        `/oauth/logout?${new URLSearchParams({ ...query, id_token_hint: 'planted.jwt.token' })}`,
      )
    const to = { post_logout_redirect_uri: 'https://evil.example/' }
    await explains(
      (await logout({ ...own, ...to })).headers,
      'logout_request_invalid',
      /not one of/,
    )
    await explains(
      (await logout({ client_id: 'c_none' })).headers,
      'logout_request_invalid',
      /not that/,
    )
  })
})
