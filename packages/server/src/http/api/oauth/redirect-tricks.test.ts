import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newMutator } from '@countersign/testing/hostile'
import { repetitions } from '@countersign/testing/proofs'
import { deviceGrant } from '../../../domain/clients/client.ts'
import { openBrowser, sameOrigin } from '../../pages/test-browser.fixture.ts'
import { redirectUri, withApplication } from './application.fixture.ts'
import { post } from './oauth.fixture.ts'

const afterLogout = 'https://app.example/signed-out'
const schemes = `https:// http:// // /\\ \\\\ https:/ https: HTTPS:// https:\\\\ javascript:// data:text/html,
  view-source:https:// blob:https:// ftp:// %68ttps:// https://https:// https://ada@ https://ada:x@`
const hosts = `evil.example app.example.evil.example app.example@evil.example app.example:443@evil.example
  evil.example#app.example evil.example?app.example evil.example\\app.example evil.example/app.example
  app.example%2eevil.example app.example%00.evil.example app.example;evil.example app.exampleevil.example
  app.example.:443 app.example:443 app.example:8443 app.example. App.Example app%2eexample app\u3002example
  \u0430pp.example [::1] 127.0.0.1 app.example%40evil.example`
const ends = `/ /. /.. /../x /%2e%2e /..;/x ;x ? ?x #x # ?# & %00 %0a %0d%0aset-cookie:x=1 %20 %09 + %3f %23 \\ \\..\\x
  .evil.example @evil.example :443 //evil.example /https://evil.example ?next=https://evil.example %ff %u002f %c0%af
  \u2028 \u202e \u0000 \u3000 s? ?code=1 ?state=x ?iss=https://evil.example`
const words = (text: string) => text.split(/[ \n]+/)

/** Every text that a browser, a proxy or a careless comparison could read as the registered URI, or as another site. */
function tricksOn(registered: string): readonly string[] {
  const { pathname } = new URL(registered)
  const elsewhere = words(schemes).flatMap((scheme) =>
    words(hosts).map((host) => scheme + host + pathname),
  )
  const changed = words(ends).map((end) => registered + end)
  const spelled = [
    registered.toUpperCase(),
    registered.replace('callback', 'CALLBACK'),
    registered.replace('app', '%61pp'),
    registered.replace('https', 'http'),
    ` ${registered}`,
    `\t${registered}`,
    `${registered}\n`,
    registered.slice(0, -1),
    encodeURIComponent(registered),
    `${registered},${registered}`,
    `${registered} https://evil.example`,
  ]
  return [...elsewhere, ...changed, ...spelled].filter((one) => one !== registered)
}

suite('the endpoints of OAuth', async () => {
  const { server, url, clientId } = await withApplication(
    { post_logout_redirect_uris: [afterLogout], grants: ['authorization_code', deviceGrant] },
    { COUNTERSIGN_LIMITS_ATTEMPTS: '0' },
  )
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')

  test('[21.105] no trick with a redirect URI leads to another site: of 400 none is redirected, pushed or stored', async () => {
    const tricks = tricksOn(redirectUri)
    assert.ok(tricks.length > 400, String(tricks.length))
    const asked = Object.fromEntries(new URLSearchParams(url().split('?')[1]))
    for (const trick of tricks) {
      const { status, headers } = await browser.get(url({ redirect_uri: trick }))
      assert.deepEqual([status, headers.get('location')], [400, null], trick)
      const pushed = await post(server, '/oauth/par', { ...asked, redirect_uri: trick })
      assert.deepEqual([pushed.status, pushed.body['error']], [400, 'invalid_request'], trick)
    }
  })

  test('[21.105] nor one with the URI after a sign-out', async () => {
    for (const trick of tricksOn(afterLogout)) {
      const query = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: trick })
      const { status, headers } = await browser.get(`/oauth/logout?${query}`)
      assert.deepEqual([status, headers.get('location')], [400, null], trick)
    }
    assert.equal((await browser.get('/account')).path, '/account', 'and no session has ended')
  })

  test('[21.106] with any input no endpoint fails, sends it back as markup, or redirects to another site', async () => {
    const seed = 1 + Math.floor(Math.random() * 2 ** 30)
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const html = { accept: 'text/html', cookie, ...sameOrigin }
    const query = url().split('?')[1] ?? ''
    const grant = `client_id=${clientId}&device_code=x&code=x&refresh_token=x&code_verifier=${'x'.repeat(43)}`
    const mark = '<script>mark</script>'
    const goods = [query, `id_token_hint=a.b.c&client_id=${clientId}&state=${mark}`, grant, mark]
    const mutate = newMutator(seed, [...goods, 'urn:ietf:params:oauth:request_uri:x', 'a.b.c'])
    const pages = ['/oauth/authorize', '/oauth/logout', '/device', '/oauth/logout/confirm']
    const answers = ['/oauth/authorize', '/oauth/logout', '/device', '/device/answer']
    const forms = [
      '/oauth/token',
      '/oauth/par',
      '/oauth/device',
      '/oauth/revoke',
      '/oauth/introspect',
    ]
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const grants = ['authorization_code', 'refresh_token', deviceGrant]
    const send = async (path: string, init: RequestInit) => {
      const response = await server.fetch(new Request(`http://localhost:5000${path}`, init))
      const text = await response.text()
      const to = response.headers.get('location') ?? '/'
      const where = `seed ${seed}: ${init.method} ${path} ${String(init.body).slice(0, 400)}`
      assert.ok(response.status < 500, `${response.status} ${where}`)
      assert.ok(
        !text.includes(mark) || !/html/.test(response.headers.get('content-type') ?? ''),
        where,
      )
      assert.ok(/^\/(?![/\\])/.test(to) || to.startsWith(`${redirectUri}?`), `${to} ${where}`)
    }
    for (let round = 0; round < repetitions({ short: 40, long: 2_000 }); round++) {
      const input = () => encodeURI(mutate().slice(0, 9_000).toWellFormed())
      for (const path of pages) await send(`${path}?${input()}`, { method: 'GET', headers: html })
      for (const path of answers)
        await send(`${path}?${input()}`, {
          method: 'POST',
          headers: { ...html, ...form },
          body: input(),
        })
      for (const path of forms) {
        const dpop = encodeURI(mutate().slice(0, 500).toWellFormed())
        const body = `grant_type=${grants[round % 3]}&${input()}`
        await send(path, { method: 'POST', headers: { ...form, dpop }, body })
      }
      const authorization = `${round % 2 ? 'Bearer' : 'DPoP'} ${input()}`
      await send('/oauth/userinfo', { method: 'GET', headers: { authorization, dpop: input() } })
    }
  })

  test.after(() => server.close())
})
