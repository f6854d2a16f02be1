import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accessCookie,
  refreshCookie,
  openBrowser,
  sameOrigin,
} from '../pages/test-browser.fixture.ts'
import { testServer } from '../../testing.ts'
import { request } from './api.fixture.ts'

const change = { current_password: 'password', new_password: 'several words of no quotation' }

test('[18.2] a changed password leaves nothing to a thief who copied the tokens of this session', async () => {
  await using server = await testServer()
  const body = { username: 'admin', password: 'password' }
  const { body: copied } = await request(server, 'POST /login', { body })
  const [token, refreshToken] = [String(copied['token']), copied['refresh_token']]
  const changed = await request(server, 'POST /password/change', { body: change, token })
  assert.equal(changed.status, 200)
  const { refresh_token: next, token: fresh } = changed.body

  assert.equal((await request(server, 'GET /me', { token })).code, 'token_revoked')
  const exchange = (refresh_token: unknown) =>
    request(server, 'POST /refresh', { body: { refresh_token } })
  assert.equal((await exchange(refreshToken)).code, 'refresh_token_unknown', 'without a grace')
  server.clock.advance(11)
  assert.equal((await exchange(refreshToken)).code, 'refresh_token_unknown')
  await request(server, 'POST /logout', { body: { refresh_token: refreshToken } })

  assert.equal((await request(server, 'GET /me', { token: String(fresh) })).status, 200)
  assert.equal((await exchange(next)).status, 200, 'the thief cannot end the session either')
})

test('[18.2] with cookies, a changed password sets new ones, over the API and on the page', async () => {
  await using server = await testServer()
  const ways = {
    'the page': (browser: ReturnType<typeof openBrowser>, from: string, to: string) =>
      browser.send('/account/password', { current_password: from, new_password: to }),
    'the API': async (browser: ReturnType<typeof openBrowser>, from: string, to: string) => {
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, 'content-type': 'application/json', ...sameOrigin }
      const body = JSON.stringify({ current_password: from, new_password: to })
      const sent = new Request('http://localhost:5000/password/change', {
        method: 'POST',
        headers,
        body,
      })
      const response = await server.fetch(sent)
      const answer = (await response.json()) as Record<string, unknown>
      assert.equal(answer['token_type'], 'Cookie')
      assert.ok(!('refresh_token' in answer))
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        browser.cookies.set(name, value)
      }
    },
  }
  let [from, to] = ['password', 'several words of no quotation']
  for (const [what, act] of Object.entries(ways)) {
    const browser = openBrowser(server)
    await browser.signIn('admin', from)
    const before = new Map(browser.cookies)
    await act(browser, from, to)
    for (const name of [accessCookie, refreshCookie])
      assert.notEqual(browser.cookies.get(name), before.get(name), `${what} sets ${name}`)
    assert.equal((await browser.get('/account')).path, '/account', what)
    const token = before.get(accessCookie)
    assert.equal((await request(server, 'GET /me', { token })).code, 'token_revoked', what)
    ;[from, to] = [to, `${to} again`]
  }
})
