import { inspect } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestServer } from '../../../testing.ts'
import { openBrowser, sameOrigin, type TestBrowser } from '../../pages/test-browser.fixture.ts'
import { password, request } from '../api.fixture.ts'
import { addTotp } from '../factors.fixture.ts'
import { withApplication } from './application.fixture.ts'

/** Signs ada in with both factors, and opens a browser with the cookies. */
async function browserWithFactor(server: TestServer, code: () => string): Promise<TestBrowser> {
  const browser = openBrowser(server)
  const first = await request(server, 'POST /login', { body: { username: 'ada', password } })
  const body = { sign_in: first.body['sign_in'], code: code(), cookies: true }
  const sent = new Request('http://localhost:5000/login/factor', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...sameOrigin },
    body: JSON.stringify(body),
  })
  const response = await server.fetch(sent)
  assert.equal(response.status, 200)
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    browser.cookies.set(name, value)
  }
  return browser
}

const acrOf = (token: unknown) => inspect(String(token)).claims['acr']

test('[OA.150, OA.152] an application that asks for a second factor gets tokens that say it was proven, also when they are refreshed', async () => {
  const { server, authorize, redeem, refresh } = await withApplication()
  await using _ = server
  const { code } = await addTotp(server)
  server.clock.advance(30)
  const browser = await browserWithFactor(server, code)
  const asked = { acr_values: 'urn:other mfa', scope: 'openid offline_access' }
  const { body } = await redeem(await authorize(asked, browser))
  assert.deepEqual([acrOf(body['access_token']), acrOf(body['id_token'])], ['mfa', 'mfa'])
  const next = await refresh(body['refresh_token'])
  assert.deepEqual([acrOf(next.body['access_token']), acrOf(next.body['id_token'])], ['mfa', 'mfa'])
})

test('[OA.150, OA.151] a user without a factor signs in once more, and then the application learns that they have none', async () => {
  const { server, url } = await withApplication()
  await using _ = server
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  const { path } = await browser.get(url({ acr_values: 'mfa' }))
  assert.match(path, /^\/sign-in\?again=1/)
  server.clock.advance(1)
  const return_to = new URLSearchParams(path.split('?')[1]).get('return_to') ?? ''
  const answered = await browser.send('/sign-in', { username: 'ada', password, return_to })
  const answer = new URL(answered.path)
  assert.equal(answer.searchParams.get('error'), 'unmet_authentication_requirements')
  assert.equal(answer.searchParams.get('state'), 'state-1')
  const silent = await browser.get(url({ acr_values: 'mfa', prompt: 'none' }))
  assert.equal(new URL(silent.path).searchParams.get('error'), 'login_required')
  const other = await browser.get(url({ acr_values: 'urn:mace:incommon:iap:silver' }))
  assert.match(other.path, /^\/oauth\/authorize/, 'a class of other servers is a wish')
})

test('[OA.153] the metadata list the classes', async () => {
  const { server } = await withApplication()
  await using _ = server
  const { body } = await request(server, 'GET /.well-known/oauth-authorization-server')
  assert.deepEqual(body['acr_values_supported'], ['phr', 'mfa'])
})
