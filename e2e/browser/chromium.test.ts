import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'

const executable = findChromium()

test(
  'a real browser shows a page, and has the APIs that a client uses to share state between tabs',
  { skip: executable ? false : howToGetChromium },
  async () => {
    await using browser = await startBrowser(executable!)
    const server = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<title>Here</title>'),
    ).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const page = await browser.newPage()
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`)
    assert.equal(await page.title(), 'Here')
    const has = await page.evaluate(() => [
      'locks' in navigator,
      'indexedDB' in globalThis,
      'BroadcastChannel' in globalThis,
    ])
    assert.deepEqual(has, [true, true, true])
    await browser.close()
    server.close()
  },
)
