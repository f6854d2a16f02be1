import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from '../../config/load.ts'
import type { StoredSigningKey } from '../../domain/keys/signing-key.ts'
import {
  assessCertificate,
  assessDisk,
  assessDurability,
  assessHash,
  assessLog,
  assessMigrations,
  assessMode,
  assessOpenFiles,
  assessProxy,
  assessRing,
  assessSettings,
  assessSkew,
  type Finding,
} from './assessments.ts'

const day = 86_400
const now = 1_800_000_000

const good = {
  COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
  COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
}
const configOf = (env: Readonly<Record<string, string>>) =>
  loadConfig({ mode: 'production', env: { ...good, ...env } })

/** Each row: what it is about, what is thought of it, and what should be. */
function assertVerdicts(
  rows: readonly (readonly [about: string, finding: Finding, verdict: Finding['verdict']])[],
): void {
  for (const [about, { verdict, advice }, expected] of rows) {
    assert.equal(verdict, expected, about)
    assert.equal(
      advice === undefined,
      expected === 'ok',
      `${about}: advice where there is something to do`,
    )
  }
}

test('settings that no server starts with are wrong, and unwise ones are to be looked at', () => {
  const judge = (env: Readonly<Record<string, string>>) => assessSettings(configOf(env))
  assertVerdicts([
    ['good', judge({}), 'ok'],
    ['plain HTTP', judge({ COUNTERSIGN_HTTP_HOST: '0.0.0.0' }), 'fail'],
    ['a sample', judge({ COUNTERSIGN_KEYS_ENCRYPTION_KEY: 'change-me' }), 'fail'],
    ['no limit', judge({ COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0' }), 'warn'],
    ['long tokens', judge({ COUNTERSIGN_TOKENS_LIFETIME: '2h' }), 'warn'],
  ])
})

test('somebody must end TLS: this server, or a proxy that is declared', () => {
  const judge = (env: Readonly<Record<string, string>>) => assessProxy(configOf(env))
  assertVerdicts([
    ['nobody', judge({}), 'warn'],
    ['a proxy', judge({ COUNTERSIGN_PROXY_ADDRESSES: '127.0.0.1' }), 'ok'],
    [
      'itself',
      judge({ COUNTERSIGN_TLS_CERTIFICATE_FILE: 'c', COUNTERSIGN_TLS_KEY_FILE: 'k' }),
      'ok',
    ],
    ['on this machine', judge({ COUNTERSIGN_ISSUER_URL: 'http://localhost:8080' }), 'ok'],
  ])
})

test('migrations are done, pending, or of somebody newer', () => {
  const state = { done: ['1'], pending: [], unknown: [] }
  assertVerdicts([
    ['done', assessMigrations(state), 'ok'],
    ['pending', assessMigrations({ ...state, pending: ['2'] }), 'fail'],
    ['newer', assessMigrations({ ...state, unknown: ['9'] }), 'warn'],
  ])
})

test('a database that may forget what it has answered is wrong', () => {
  const judge = (is: string) => assessDurability({ durability: [['fsync', is, 'on']] })
  assertVerdicts([
    ['on', judge('on'), 'ok'],
    ['off', judge('off'), 'fail'],
  ])
  assert.match(judge('off').advice ?? '', /fsync = on/)
})

test('clocks that are two seconds apart are the same, and beyond five tokens are refused', () => {
  for (const sign of [1, -1])
    assertVerdicts([
      ['same', assessSkew(now, now, 0), 'ok'],
      ['2 s', assessSkew(now + 2 * sign, now, 0), 'ok'],
      ['3 s', assessSkew(now + 3 * sign, now, 0), 'warn'],
      ['5 s, of which nobody knows 4', assessSkew(now + 5 * sign, now, 4), 'ok'],
      ['6 s', assessSkew(now + 6 * sign, now, 0), 'fail'],
    ])
  assert.match(assessSkew(now + 60, now, 0).found, /60 s ahead/)
})

test('one key signs, the next stands by, and the rotation goes on', () => {
  const key = (id: string, activatedAt: number, retiredAt: number | null) =>
    ({ id, activatedAt, retiredAt, withdrawnAt: null, algorithm: 'ES256' }) as StoredSigningKey
  const judge = (...ring: readonly StoredSigningKey[]) =>
    assessRing(ring, now, { rotationPeriod: 90 * day })
  assertVerdicts([
    ['none', judge(), 'warn'],
    ['two', judge(key('a', now - day, now + 89 * day), key('b', now + 89 * day, null)), 'ok'],
    ['no next', judge(key('a', now - day, null)), 'warn'],
    ['stuck', judge(key('a', now - 92 * day, null)), 'fail'],
  ])
})

test('a file with a secret is its owner\u2019s, and may be read by a group', () => {
  assertVerdicts([
    ['600', assessMode('key', 0o100600), 'ok'],
    ['400', assessMode('key', 0o100400), 'ok'],
    ['640', assessMode('key', 0o100640), 'ok'],
    ['660', assessMode('key', 0o100660), 'fail'],
    ['604', assessMode('key', 0o100604), 'fail'],
    ['644', assessMode('key', 0o100644), 'fail'],
  ])
})

test('a certificate is made out to this host, and is renewed in time', () => {
  const judge = (days: number, matchesHost = true) =>
    assessCertificate(
      { expiresAt: now + days * day, matchesHost: () => matchesHost },
      'auth.example.com',
      now,
    )
  assertVerdicts([
    ['60 days', judge(60), 'ok'],
    ['13 days', judge(13), 'warn'],
    ['another host', judge(60, false), 'fail'],
  ])
})

test('a flood of connections leaves the server files to work with', () => {
  const judge = (limit: number, env: Readonly<Record<string, string>> = {}) =>
    assessOpenFiles(limit, configOf(env))
  const small = { COUNTERSIGN_HTTP_MAX_CONNECTIONS: '700' }
  const redirects = { ...small, COUNTERSIGN_TLS_REDIRECT_PORT: '80' }
  assertVerdicts([
    ['10,000 and its own', judge(10_250), 'ok'],
    ['one less', judge(10_249), 'warn'],
    ['1,024, as shells give', judge(1024), 'warn'],
    ['1,024, and so set', judge(1024, small), 'ok'],
    ['two sockets', judge(1024, redirects), 'warn'],
    ['hardly any', judge(64), 'warn'],
  ])
  assert.match(judge(1024).advice ?? '', /to 10250, or http\.max_connections to 774/)
  assert.match(judge(1024, redirects).advice ?? '', /to 1650, or http\.max_connections to 387/)
  assert.doesNotMatch(judge(64).advice ?? '', /max_connections/)
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
