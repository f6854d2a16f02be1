import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from './load.ts'
import { isLoopback } from '@countersign/token/internal'
import { assertSafe, warningsOf } from './safety.ts'

test('plain HTTP for other machines needs a declared proxy, and is never allowed in development', () => {
  const key = { COUNTERSIGN_KEYS_ENCRYPTION_KEY: 'q83vEjRWeJASNFZ4kKvN7wEjRWeJq83v782rze8SNFY=' }
  const safe = (
    flags: Readonly<Record<string, string>>,
    mode: 'production' | 'development' = 'production',
  ) =>
    assertSafe(
      loadConfig({
        mode,
        env: key,
        flags: { 'issuer-url': 'https://auth.example.com', ...flags },
      }),
    )
  safe({})
  safe({ 'http-host': '0.0.0.0', 'proxy-addresses': '10.0.0.1' })
  safe({ 'issuer-url': 'http://localhost:8080' })
  assert.throws(() => safe({ 'http-host': '0.0.0.0' }), { code: 'plain_http' })
  assert.throws(() => safe({ 'issuer-url': 'http://auth.example.com' }), { code: 'plain_http' })
  assert.throws(
    () => safe({ 'http-host': '0.0.0.0', 'proxy-addresses': '10.0.0.1' }, 'development'),
    { code: 'plain_http' },
  )
})

test('[18.33] an issuer inside a cluster speaks plain http by one named exception, for its address only, with a warning', () => {
  const env = { COUNTERSIGN_KEYS_ENCRYPTION_KEY: 'q83vEjRWeJASNFZ4kKvN7wEjRWeJq83v782rze8SNFY=' }
  const load = (flags: Readonly<Record<string, string>>) =>
    loadConfig({ mode: 'production', env, flags })
  const issuer = { 'issuer-url': 'http://auth.internal:8080/realm', 'http-host': '0.0.0.0' }
  const named = { ...issuer, 'issuer-allow-insecure-http': 'http://auth.internal:8080' }
  assert.throws(() => assertSafe(load(issuer)), { code: 'plain_http' })
  assert.doesNotThrow(() => assertSafe(load(named)))
  const warnings = warningsOf(load(named))
  assert.ok(warnings.some((one) => /^issuer\.allow_insecure_http is set: .*forge/.test(one)))
  for (const other of [
    'http://auth.internal',
    'http://auth.internal:8081',
    'https://auth.internal:8080',
    'http://auth.internal:8080/',
    'http://auth.internal:8080/realm',
    'yes',
  ]) {
    const wrong = { ...named, 'issuer-allow-insecure-http': other }
    assert.throws(() => assertSafe(load(wrong)), { code: 'setting_invalid' }, other)
  }
  const unused = { ...named, 'issuer-url': 'https://auth.internal:8080' }
  assert.throws(() => assertSafe(load(unused)), { code: 'setting_invalid' }, 'not needed')
})

test('loopback hosts are recognized, similar names are not', () => {
  for (const host of ['localhost', 'auth.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])
    assert.ok(isLoopback(host), host)
  for (const host of [
    '0.0.0.0',
    '::',
    '127.0.0.1.evil.com',
    'localhost.evil.com',
    'evil-localhost',
    '128.0.0.1',
    '127.evil',
  ])
    assert.ok(!isLoopback(host), host)
})

test('in production a disabled limit gives a warning', () => {
  const off = {
    COUNTERSIGN_LIMITS_ATTEMPTS: '0',
    COUNTERSIGN_LIMITS_CHANGES: '0',
    COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0',
  }
  const named = (env: Readonly<Record<string, string>>, mode: 'development' | 'production') =>
    warningsOf(loadConfig({ mode, env })).map((sentence) => sentence.split(' ')[0])
  assert.deepEqual(named({}, 'production'), [])
  assert.deepEqual(named(off, 'development'), [])
  assert.deepEqual(named(off, 'production'), [
    'limits.attempts',
    'limits.changes',
    'limits.max_attempt_delay',
  ])
})

test('[18.25] the first sentence on a missing setting of production names --development', () => {
  const url = { COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' }
  for (const env of [{}, url]) {
    assert.throws(
      () => assertSafe(loadConfig({ mode: 'production', env })),
      /^CountersignError: Missing setting: [^.]+\.[^.]+--development/,
    )
  }
})

test('metrics for other machines need a bearer token', () => {
  const open = (env: Readonly<Record<string, string>>) =>
    assertSafe(
      loadConfig({ mode: 'development', env: { COUNTERSIGN_METRICS_PORT: '9464', ...env } }),
    )
  const beyond = { COUNTERSIGN_METRICS_HOST: '0.0.0.0' }
  open({})
  assert.throws(() => open(beyond), { code: 'setting_missing' })
  open({ ...beyond, COUNTERSIGN_METRICS_TOKEN: randomBytes(32).toString('base64') })
})

test('a proxy that does not report the client address gives a warning', () => {
  const proxied = { COUNTERSIGN_PROXY_ADDRESSES: '10.0.0.1' }
  const of = (env: Readonly<Record<string, string>>) =>
    warningsOf(loadConfig({ mode: 'production', env }))
  assert.match(of(proxied)[0] ?? '', /^proxy\.header is none/)
  assert.deepEqual(of({ ...proxied, COUNTERSIGN_PROXY_HEADER: 'forwarded' }), [])
})
