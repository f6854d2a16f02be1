import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bundleForBrowser } from '@countersign/testing/browser-bundle'

const maxBytes = 8_900 // a page that loads fast has a budget of about 30 kB in all

test('the client is small and has no dependencies', async () => {
  const code = await bundleForBrowser()
  const size = gzipSync(code, { level: 9 }).length
  assert.ok(size <= maxBytes, `${size} bytes, minified and compressed`)
  assert.doesNotMatch(code, /\bimport\b|\brequire\(/)
})
