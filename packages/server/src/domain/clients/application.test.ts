import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isClaimed, judgeRedirectUri, parseRedirectUri } from './application.ts'

test('[21.1] [21.60] [OA.3] a redirect URI is https, a loopback address, or a private scheme, and nothing that software reads in two ways', () => {
  for (const good of [
    'https://app.example',
    'https://app.example/',
    'https://app.example/callback?tenant=1',
    'https://app.example:8443/a/b',
    'http://127.0.0.1/callback',
    'http://[::1]:8080/callback',
    'http://localhost:3000/callback',
    'com.example.app:/callback',
  ])
    assert.equal(parseRedirectUri(good), good)
  for (const bad of [
    '',
    '/callback',
    'http://app.example/callback',
    'http://localhost.app.example/callback',
    'http://0x7f.1/callback',
    'https://app.example/callback#x',
    'https://ada@app.example/callback',
    'https://app.example@other.example/callback',
    'https://app.example/a/../callback',
    'https://app.example/%2e%2e/callback',
    'https://app.example\\callback',
    'https:app.example',
    'https://*.example/callback',
    'https://APP.example/callback',
    'https://äpp.example/callback',
    'https://app.example/callback?code=1',
    'https://app.example/callback?x=1&state=2',
    'javascript:alert(1)',
    'data:text/html,x',
    'myapp:/callback',
    'https://app;sandbox.example/callback', // a directive in the policy of the consent page
    'https://app,example/callback',
    "https://'none'.example/callback",
    `https://app.example/${'a'.repeat(512)}`,
  ])
    assert.throws(() => parseRedirectUri(bad), { code: 'client_unacceptable' }, bad)
})

test('[21.2] [21.63] [OA.4] a redirect URI of a request is one of the application, letter for letter; only a loopback port may differ', () => {
  const application = {
    redirectUris: ['https://allowed.com/cb', 'http://127.0.0.1/cb', 'http://localhost:3000/cb'],
  }
  const judge = (uri: string) => judgeRedirectUri(uri, application)
  for (const good of [
    'https://allowed.com/cb',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:51004/cb',
    'http://localhost/cb',
    'http://localhost:9/cb',
  ])
    assert.ok(judge(good), good)
  for (const bad of [
    'https://allowed.com.evil/cb',
    'https://allowed.com/cb/',
    'https://allowed.com/cb?x=1',
    'https://allowed.com/cb#x',
    'http://127.0.0.1:65536/cb',
    'http://localhost:99999/cb',
    'https://allowed.com/CB',
    'https://allowed.com/../cb',
    'https://allowed.com/..;/cb',
    'https://allowed.com/%63b',
    'https://allowed.com@evil.example/cb',
    'https://allowed.com:443/cb',
    'https:/\\evil.example/cb',
    '//evil.example/cb',
    '/\\evil.example',
    'http://127.0.0.1:51004/cb/',
    'http://127.0.0.1:510045/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://127.0.0.1:80@evil.example/cb',
    'http://localhost.evil.example/cb',
    'http://[::1]/cb',
    'http://2130706433/cb',
    'https://localhost/cb',
    'javascript:alert(1)',
  ])
    assert.ok(!judge(bad), bad)
  assert.ok(isClaimed('https://allowed.com/cb') && !isClaimed('http://127.0.0.1/cb'))
})
