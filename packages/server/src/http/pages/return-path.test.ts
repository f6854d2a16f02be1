import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseReturnPath } from './return-path.ts'

test('[G43] only a path of this site is accepted', () => {
  const good = [
    '/',
    '/account',
    '/notes/7?sort=new&next=https://example.com//x#top',
    '/a.b/c-d_e~f/@me;v=1',
    '/caf%C3%A9?q=%2F%2F',
  ]
  for (const text of good) assert.equal(parseReturnPath(text), text, text)
})

test('[G43] a path that a browser, proxy or framework could read as another site is rejected (CVE-2025-27143, CVE-2025-71403)', () => {
  const evil = [
    '',
    'account',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\\/evil.example',
    '/%5cevil.example',
    '/%5C%5Cevil.example',
    '/%2f%2fevil.example',
    '/%2Fevil.example',
    '/%252f%252fevil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/%09/evil.example',
    '/%0d%0aSet-Cookie:x=1',
    '/\r\nSet-Cookie: x=1',
    ' //evil.example',
    '\t//evil.example',
    '/..//evil.example',
    '/./evil',
    '/%2e%2e/evil',
    '/.%2E/evil',
    '/a//evil.example',
    '/a/..//evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https://evil.example',
    'HTTPS://evil.example/account',
    'http:\\\\evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '//localhost@evil.example',
    '/ evil',
    '/\u0000',
    '/\u200b/evil.example',
    '/\uff0f/evil.example', // a slash once it is normalized
    '/\u2044evil.example',
    `/${'a'.repeat(4096)}`,
  ]
  for (const text of evil) assert.equal(parseReturnPath(text), undefined, JSON.stringify(text))
  assert.equal(parseReturnPath(null), undefined)
})
