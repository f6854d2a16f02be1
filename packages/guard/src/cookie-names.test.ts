import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cookieNamesOf } from './cookie-names.ts'

test('[18.35] cookies have the __Host- prefix, except those of an issuer in development at http on loopback', () => {
  const access = (issuer: string, options?: { readonly production: boolean }) =>
    cookieNamesOf(issuer, options).access
  for (const issuer of ['http://localhost:5000', 'http://127.0.0.1', 'http://[::1]:3000/auth']) {
    assert.equal(access(issuer), 'countersign_access')
    assert.equal(access(issuer, { production: true }), '__Host-countersign_access')
  }
  for (const issuer of [
    'https://auth.example.com',
    'https://localhost:5000',
    'http://auth:8080',
    'http://localhost.example',
    'http://10.0.0.1',
  ])
    assert.equal(access(issuer), '__Host-countersign_access', issuer)
})
