// Another site on the same host plants cookies. On production no browser lets it; development on loopback is open to it (docs/threat-model.md).
import { createServer, loadConfig } from '@countersign/server'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { freePort } from '@countersign/testing/http'
import { executable, openPages, password, signInOn } from '@countersign/testing/pages'

const skip = executable ? false : howToGetChromium

test(
  '[18.35] the cookies of production belong to this host: no script reads them, and no site without TLS sets them',
  { skip },
  async () => {
    const port = await freePort()
    const url = `http://localhost:${port}`
    const env = {
      COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
      COUNTERSIGN_LOG_LEVEL: 'silent',
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_ISSUER_URL: url,
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      COUNTERSIGN_USERS_REGISTRATION: 'open',
    }
    await using server = await createServer(loadConfig({ mode: 'production', env }))
    await server.listen()
    const ada = { username: 'ada', password }
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(ada) }
    assert.equal((await fetch(`${url}/register`, init)).status, 201)
    await using browser = await startBrowser(String(executable))
    const page = await browser.newPage()
    await signInOn(page, url, ada)
    const cookies = await page.context().cookies()
    const flags = cookies.map(({ name, httpOnly, secure, sameSite, domain, path }) => {
      return { name, httpOnly, secure, sameSite, domain, path }
    })
    const shared = { httpOnly: true, secure: true, domain: 'localhost', path: '/' }
    assert.deepEqual(
      flags.toSorted((a, b) => a.name.localeCompare(b.name)),
      [
        { name: '__Host-countersign_access', ...shared, sameSite: 'Lax' },
        { name: '__Host-countersign_device', ...shared, sameSite: 'Strict' },
        { name: '__Host-countersign_refresh', ...shared, sameSite: 'Strict' },
      ],
    )
    assert.equal(await page.evaluate('document.cookie'), '')
    await using development = await openPages()
    await page.goto(`${development.url}/sign-in`) // another port of the same host: the same site
    await page.evaluate(`
      document.cookie = '__Host-countersign_access=forged; path=/; domain=localhost'
      document.cookie = '__Host-countersign_notice=user_deleted; path=/x'
      document.cookie = 'countersign_access=forged; path=/'
      document.cookie = 'countersign_notice=user_deleted; path=/'`)
    assert.deepEqual(
      (await page.context().cookies()).map(({ name }) => name).toSorted(),
      [
        '__Host-countersign_access',
        '__Host-countersign_device',
        '__Host-countersign_refresh',
        'countersign_access',
        'countersign_notice',
      ],
      'only names without the prefix can be planted',
    )
    await page.goto(`${url}/account`)
    assert.equal(await page.locator('h1').textContent(), 'ada')
    assert.equal(await page.locator('.notice').count(), 0, 'and production does not read them')
  },
)
