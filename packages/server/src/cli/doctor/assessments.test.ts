import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from '../../config/load.ts'
import type { StoredSigningKey } from '../../domain/keys/signing-key.ts'
import {
  assessCertificate,
  assessDisk,
  assessFactors,
  assessHash,
  assessKeyRing,
  assessLog,
  assessMigrations,
  assessMode,
  assessOpenFiles,
  assessProxy,
  assessSettings,
  assessSkew,
} from './assessments.ts'
import { assertVerdicts } from './assessments.fixture.ts'
import { assessKeySet, assessRing } from './assess-keys.ts'

const day = 86_400
const now = 1_800_000_000

const good = {
  COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
  COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
}
const configOf = (env: Readonly<Record<string, string>>) =>
  loadConfig({ mode: 'production', env: { ...good, ...env } })

test('settings that a server refuses fail, and unwise ones are warned of', () => {
  const assess = (env: Readonly<Record<string, string>>) => assessSettings(configOf(env))
  assertVerdicts([
    ['good', assess({}), 'ok'],
    ['plain HTTP', assess({ COUNTERSIGN_HTTP_HOST: '0.0.0.0' }), 'fail'],
    ['a sample', assess({ COUNTERSIGN_KEYS_ENCRYPTION_KEY: 'change-me' }), 'fail'],
    ['no limit', assess({ COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0' }), 'warn'],
    ['long tokens', assess({ COUNTERSIGN_TOKENS_LIFETIME: '2h' }), 'warn'],
  ])
})

test('administrators should need a second factor, except in development', () => {
  const assess = (env: Readonly<Record<string, string>>) => assessFactors(configOf(env))
  const mode = 'development'
  assertVerdicts([
    ['no role', assess({}), 'warn'],
    ['other roles', assess({ COUNTERSIGN_FACTORS_REQUIRED_FOR: 'editor' }), 'warn'],
    ['administrators', assess({ COUNTERSIGN_FACTORS_REQUIRED_FOR: 'editor,admin' }), 'ok'],
    ['everyone', assess({ COUNTERSIGN_FACTORS_REQUIRED_FOR: '*' }), 'ok'],
    ['development', assessFactors({ ...configOf({}), mode }), 'ok'],
  ])
})

test('this server or a declared proxy must terminate TLS', () => {
  const assess = (env: Readonly<Record<string, string>>) => assessProxy(configOf(env))
  assertVerdicts([
    ['neither', assess({}), 'warn'],
    ['a proxy', assess({ COUNTERSIGN_PROXY_ADDRESSES: '127.0.0.1' }), 'ok'],
    [
      'itself',
      assess({ COUNTERSIGN_TLS_CERTIFICATE_FILE: 'c', COUNTERSIGN_TLS_KEY_FILE: 'k' }),
      'ok',
    ],
    ['on this machine', assess({ COUNTERSIGN_ISSUER_URL: 'http://localhost:8080' }), 'ok'],
  ])
})

test('migrations are done, pending, or of a newer version', () => {
  const state = { done: ['1'], pending: [], unknown: [] }
  assertVerdicts([
    ['done', assessMigrations(state), 'ok'],
    ['pending', assessMigrations({ ...state, pending: ['2'] }), 'fail'],
    ['newer', assessMigrations({ ...state, unknown: ['9'] }), 'warn'],
  ])
})

test('clocks may differ by two seconds; beyond five, tokens are refused', () => {
  for (const sign of [1, -1])
    assertVerdicts([
      ['same', assessSkew(now, now, 0), 'ok'],
      ['2 s', assessSkew(now + 2 * sign, now, 0), 'ok'],
      ['3 s', assessSkew(now + 3 * sign, now, 0), 'warn'],
      ['5 s, of which 4 are uncertain', assessSkew(now + 5 * sign, now, 4), 'ok'],
      ['6 s', assessSkew(now + 6 * sign, now, 0), 'fail'],
    ])
  assert.match(assessSkew(now + 60, now, 0).found, /60 s ahead/)
})

test('one key is active, the next is ready, and rotation works', () => {
  const key = (id: string, activatedAt: number, retiredAt: number | null) =>
    ({ id, activatedAt, retiredAt, revokedAt: null, algorithm: 'ES256' }) as StoredSigningKey
  const assess = (...ring: readonly StoredSigningKey[]) =>
    assessRing(ring, now, { algorithms: ['ES256'], rotationPeriod: 90 * day })[0]!
  assertVerdicts([
    ['none', assess(), 'warn'],
    ['two', assess(key('a', now - day, now + 89 * day), key('b', now + 89 * day, null)), 'ok'],
    ['no next', assess(key('a', now - day, null)), 'warn'],
    ['stuck', assess(key('a', now - 92 * day, null)), 'fail'],
  ])
})

test('the keys of each algorithm are reported, and an algorithm that has none', () => {
  const key = (algorithm: string, activatedAt: number, retiredAt: number | null) =>
    ({ activatedAt, createdAt: 0, retiredAt, revokedAt: null, algorithm }) as StoredSigningKey
  const ring = [
    key('ES256', now - day, now + 89 * day),
    key('ES256', now + 89 * day, null),
    key('RS256', now - 30 * day, now + 3_600),
    key('PS256', now + day, null),
  ]
  const algorithms = ['ES256', 'EdDSA'] as const
  const findings = assessRing(ring, now, { algorithms, rotationPeriod: 90 * day })
  assert.deepEqual(
    findings.map(({ verdict, found }) => `${verdict} ${found}`),
    [
      'ok ES256: active for 1 days; the next one is ready; 0 retiring',
      'ok RS256: active for 30 days; no next one; 0 retiring',
      'ok PS256: begins to sign soon; 0 retiring',
      'warn EdDSA: none',
    ],
  )
})

test('[18.19] an ML-DSA key beside another one is warned of, because some readers refuse the whole set', () => {
  const key = (algorithm: string, retiredAt: number | null = null) =>
    ({ activatedAt: now - day, retiredAt, revokedAt: null, algorithm }) as StoredSigningKey
  const verdictsOf = (...ring: readonly StoredSigningKey[]) =>
    assessKeySet(ring, now).map(({ verdict }) => verdict)
  assert.deepEqual(verdictsOf(key('ES256', now + day), key('ML-DSA-44')), ['warn'])
  assert.deepEqual(verdictsOf(key('ML-DSA-44'), key('ML-DSA-44')), [])
  assert.deepEqual(verdictsOf(key('ES256'), key('EdDSA')), [])
  assert.deepEqual(verdictsOf(), [])
})

test('[18.25] a missing setting is advised by its variable and its flag', () => {
  const adviceOf = (env: Readonly<Record<string, string>>) =>
    assessSettings(loadConfig({ mode: 'production', env })).advice ?? ''
  assert.match(adviceOf({}), /COUNTERSIGN_ISSUER_URL.*--issuer-url/)
  assert.match(
    adviceOf({ COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' }),
    /COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE.*--keys-encryption-key-file/,
  )
})

test('[18.7] a key of others fails, and one that servers deleted is warned of', () => {
  const fault = { key: 'k', fault: 'not_bound' } as const
  assertVerdicts([
    ['as the audit log', assessKeyRing({ faults: [], rejected: [] }), 'ok'],
    ['cannot be compared', assessKeyRing(undefined), 'warn'],
    ['of others', assessKeyRing({ faults: [fault], rejected: [] }), 'fail'],
    ['deleted', assessKeyRing({ faults: [], rejected: ['k'] }), 'warn'],
  ])
})

test('a file with a secret belongs to its owner, and a group may read it', () => {
  assertVerdicts([
    ['600', assessMode('key', 0o100600), 'ok'],
    ['400', assessMode('key', 0o100400), 'ok'],
    ['640', assessMode('key', 0o100640), 'ok'],
    ['660', assessMode('key', 0o100660), 'fail'],
    ['604', assessMode('key', 0o100604), 'fail'],
    ['644', assessMode('key', 0o100644), 'fail'],
  ])
})

test('a certificate is for this host, and is renewed in time', () => {
  const assess = (days: number, matchesHost = true) =>
    assessCertificate(
      { expiresAt: now + days * day, matchesHost: () => matchesHost },
      'auth.example.com',
      now,
    )
  assertVerdicts([
    ['60 days', assess(60), 'ok'],
    ['13 days', assess(13), 'warn'],
    ['another host', assess(60, false), 'fail'],
  ])
})

test('a flood of connections leaves the server enough file descriptors', () => {
  const assess = (limit: number, env: Readonly<Record<string, string>> = {}) =>
    assessOpenFiles(limit, configOf(env))
  const small = { COUNTERSIGN_HTTP_MAX_CONNECTIONS: '700' }
  const redirects = { ...small, COUNTERSIGN_TLS_REDIRECT_PORT: '80' }
  assertVerdicts([
    ['10,000 and its own', assess(10_250), 'ok'],
    ['one less', assess(10_249), 'warn'],
    ['1,024, as shells give', assess(1024), 'warn'],
    ['1,024, and so set', assess(1024, small), 'ok'],
    ['two sockets', assess(1024, redirects), 'warn'],
    ['hardly any', assess(64), 'warn'],
  ])
  assert.match(assess(1024).advice ?? '', /to 10250, or http\.max_connections to 774/)
  assert.match(assess(1024, redirects).advice ?? '', /to 1650, or http\.max_connections to 387/)
  assert.doesNotMatch(assess(64).advice ?? '', /max_connections/)
})

test('hashes, disk and log', () => {
  assertVerdicts([
    ['20 ms', assessHash(0.02), 'ok'],
    ['2 s', assessHash(2), 'warn'],
    ['2 ms', assessHash(0.002), 'warn'],
    ['10 GiB', assessDisk(10 * 2 ** 30), 'ok'],
    ['500 MiB', assessDisk(500 * 2 ** 20), 'warn'],
    ['50 MiB', assessDisk(50 * 2 ** 20), 'fail'],
    ['info', assessLog('info'), 'ok'],
    ['silent', assessLog('silent'), 'warn'],
  ])
})
