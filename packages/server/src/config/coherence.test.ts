import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from './load.ts'
import { assertSafe } from './safety.ts'

const key = randomBytes(32).toString('base64')
const check = (flags: Readonly<Record<string, string>>) =>
  assertSafe(
    loadConfig({
      mode: 'production',
      flags: { 'issuer-url': 'https://auth.example.com', ...flags },
      env: { COUNTERSIGN_KEYS_ENCRYPTION_KEY: key },
    }),
  )
const tls = { 'tls-certificate-file': 'c.pem', 'tls-key-file': 'k.pem' }

test('contradicting settings are refused, and named', () => {
  for (const [flags, named] of [
    [{ 'sessions-idle-lifetime': '2d', 'sessions-lifetime': '1d' }, 'sessions.idle_lifetime'],
    [
      { 'tokens-lifetime': '2h', 'sessions-lifetime': '1h', 'sessions-idle-lifetime': '1h' },
      'tokens.lifetime',
    ],
    [{ 'keys-publication-lead': '2d', 'keys-rotation-period': '2d' }, 'keys.publication_lead'],
    [{ 'metrics-port': '8080' }, 'metrics.port is 8080, the same as http.port'],
    [{ 'metrics-port': '8080', 'metrics-host': '127.0.0.1' }, 'metrics.port'],
    [{ ...tls, 'tls-redirect-port': '8080' }, 'tls.redirect_port'],
    [{ ...tls, 'tls-redirect-port': '80', 'metrics-port': '80' }, 'metrics.port'],
    [{ 'proxy-header': 'forwarded' }, 'proxy.addresses'],
    [{ 'mail-host': 'localhost' }, 'mail.from'],
    [{ 'mail-user': 'mailer' }, 'mail.host'],
    [{ 'mail-host': 'localhost', 'mail-from': 'a@example.com', 'mail-user': 'm' }, 'mail.user and'],
    [{ 'mail-host': '192.0.2.1', 'mail-from': 'a@example.com', 'mail-tls': 'none' }, 'mail.tls'],
  ] as const) {
    const says = new RegExp(`: ${RegExp.escape(named)}`)
    assert.throws(() => check(flags), says, JSON.stringify(flags))
  }
})

test('similar settings that do not contradict are accepted', () => {
  check({ 'sessions-idle-lifetime': '1d', 'sessions-lifetime': '1d', 'tokens-lifetime': '24h' })
  check({ 'keys-publication-lead': '47h', 'keys-rotation-period': '2d' })
  check({ ...tls, 'http-host': '192.0.2.1', 'metrics-port': '8080' })
  check({ 'mail-host': 'localhost', 'mail-from': 'Ada B. <a@example.com>', 'mail-tls': 'none' })
  check({ 'proxy-addresses': '10.0.0.1', 'proxy-header': 'forwarded' })
})
