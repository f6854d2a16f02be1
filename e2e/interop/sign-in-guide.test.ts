import { importBlock } from '@countersign/testing/guides'
import { openBrowser, openOAuthWorld } from '@countersign/testing/oauth'
import { freePort } from '@countersign/testing/http'
import type { Express } from 'express'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openid from 'openid-client'

interface Guide {
  createApp(
    settings: Readonly<Record<string, string>>,
    how: openid.DiscoveryRequestOptions,
  ): Promise<Express>
}

test('the web application of the guide signs a user in, and greets them', async (t) => {
  const world = await openOAuthWorld('sqlite::memory:')
  t.after(() => world.close())
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { id, secret } = await world.add({ name: 'wiki', redirect_uris: [`${url}/callback`] })
  process.env['SESSION_SECRET'] = 'of the test'
  const { createApp } = await importBlock<Guide>('sign-in-with-countersign.md', 1)
  const settings = { issuer: world.issuer, clientId: id, clientSecret: secret, url }
  const app = await createApp(settings, { execute: [openid.allowInsecureRequests] })
  const server = app.listen(port, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const browser = openBrowser(world.issuer)
  const { text, url: at } = await browser.signInTo(`${url}/sign-in`)
  assert.deepEqual([text, at.href], ['Hello, ada.', `${url}/`])
  const stranger = openBrowser(world.issuer)
  const forged = await stranger.request(`${url}/callback?code=x&state=y`)
  assert.equal(forged.url.origin, world.issuer, 'a callback without a sign-in begins one')
})
