import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bundleForBrowser } from '@countersign/testing/browser-bundle'

const most = 6_500 // bytes; a page that wants to be fast has room for 30 kB in all

test('the client is small, and brings nothing with it', async () => {
  const code = await bundleForBrowser()
  const size = gzipSync(code, { level: 9 }).length
  assert.ok(size <= most, `${size} bytes, minified and compressed`)
  assert.doesNotMatch(code, /\bimport\b|\brequire\(/)
})
