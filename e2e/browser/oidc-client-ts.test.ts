import { startBrowser, findChromium, howToGetChromium } from '@countersign/testing/browser'
import { bundleForBrowser } from '@countersign/testing/browser-bundle'
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openOAuthWorld, user } from '@countersign/testing/oauth'

const chromium = findChromium()

/** The application: one page, which signs in, gets another access token, and signs out. */
const page = (settings: object) => `<!doctype html><title>application</title>
<p id="who"></p>
<button id="in">Sign in</button><button id="renew">Renew</button><button id="out">Disconnect</button>
<script type="module">
  import { UserManager, WebStorageStateStore } from '/oidc.js'
  const manager = new UserManager({
    ...${JSON.stringify(settings)},
    userStore: new WebStorageStateStore({ store: sessionStorage }),
  })
  const show = (user, text) => (who.textContent = user ? text + ' ' + user.profile.preferred_username : text)
  document.querySelector('#in').onclick = () => manager.signinRedirect()
  document.querySelector('#renew').onclick = async () => {
    const before = (await manager.getUser()).access_token
    const renewed = await manager.signinSilent()
    show(renewed, before === renewed.access_token ? 'the same' : 'renewed')
  }
  document.querySelector('#out').onclick = async () => {
    const { refresh_token } = await manager.getUser()
    await manager.revokeTokens(['refresh_token'])
    const form = { grant_type: 'refresh_token', client_id: manager.settings.client_id, refresh_token }
    const { token_endpoint } = await manager.settings.metadata ?? { token_endpoint: manager.settings.authority + '/oauth/token' }
    const answer = await fetch(token_endpoint, { method: 'POST', body: new URLSearchParams(form) })
    show(undefined, (await answer.json()).error)
  }
  if (location.search.includes('code=')) {
    const signedIn = await manager.signinCallback()
    history.replaceState(null, '', '/')
    show(signedIn, 'hello')
  }
</script>`

test(
  'oidc-client-ts in a browser: a page of another origin signs in, renews and revokes its tokens',
  { skip: chromium ? false : howToGetChromium },
  async (t) => {
    const world = await openOAuthWorld('sqlite::memory:')
    t.after(() => world.close())
    const bundle = await bundleForBrowser(fileURLToPath(import.meta.resolve('oidc-client-ts')))
    let settings = {}
    const application = createServer((request, response) => {
      const isScript = request.url === '/oidc.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? bundle : page(settings))
    })
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      application.closeAllConnections()
      application.close()
    })
    const origin = `http://127.0.0.1:${(application.address() as AddressInfo).port}`
    const { id } = await world.add({
      name: 'page',
      public: true,
      redirect_uris: [`${origin}/`],
      scopes: ['openid', 'profile'],
    })
    settings = {
      authority: world.issuer,
      client_id: id,
      redirect_uri: `${origin}/`,
      scope: 'openid profile',
    }

    await using browser = await startBrowser(String(chromium))
    const tab = await browser.newPage()
    tab.setDefaultTimeout(60_000) // other tests run in parallel
    const errors: string[] = []
    tab.on('pageerror', (error) => errors.push(String(error)))
    tab.on('console', (line) => line.type() === 'error' && errors.push(line.text()))
    await tab.goto(`${origin}/`)
    await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
    await tab.getByLabel('User name').fill(user.username)
    await tab.getByLabel('Password').fill(user.password)
    await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
    await tab.getByRole('button', { name: 'Allow' }).click()
    await tab.getByText('hello ada').waitFor()
    await tab.getByRole('button', { name: 'Renew' }).click()
    await tab.getByText('renewed ada').waitFor()
    assert.deepEqual(errors, [])
    await tab.getByRole('button', { name: 'Disconnect' }).click()
    await tab.getByText('invalid_grant').waitFor()
  },
)
