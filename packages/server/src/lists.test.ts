import { signingAlgorithm } from './config/shapes.ts'
import { guardFailures } from '@countersign/guard'
import { algorithms } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { namedSettings } from './config/settings.ts'
import { providerPreset } from './config/settings/federation.ts'
import { providerPresets } from './domain/federation/provider-presets.ts'
import { version } from './domain/kernel/version.ts'
import { callerFailures } from './failures/caller-failures.ts'
import { operatorFailures } from './failures/operator-failures.ts'
import { developmentRoutes, routes } from './http/api/routes.ts'
import { migrations } from './store/migrations/migrations.ts'

test('every setting has a sentence and a default that its own schema accepts', () => {
  for (const { key, setting } of namedSettings) {
    assert.match(setting.doc, /^[A-Z].*\.$/, key)
    for (const text of Object.values(setting.default))
      assert.ok(setting.schema.safeParse(text).success, key)
    if (!setting.secret) continue
    for (const text of Object.values(setting.default))
      assert.match(text ?? 'sqlite:none', /^sqlite:/, `${key} has a public default`)
  }
})

test('a setting has three names, made by rule', () => {
  const names = namedSettings.map(({ key, variable, flag }) => [key, variable, flag])
  assert.deepEqual(
    names.find(([key]) => key === 'keys.encryption_key'),
    ['keys.encryption_key', 'COUNTERSIGN_KEYS_ENCRYPTION_KEY', 'keys-encryption-key'],
  )
})

test('a server can sign with every algorithm that has a public key', () => {
  const known = Object.entries(algorithms).filter(([, { kty }]) => kty !== 'oct')
  const names = known.map(([name]) => name)
  assert.deepEqual(new Set(signingAlgorithm.options), new Set(names))
})

test('the settings name every preset of an identity provider, which has its source', () => {
  assert.deepEqual(providerPreset.options, Object.keys(providerPresets))
  for (const { source } of Object.values(providerPresets)) assert.match(source, /^https:/)
})

test('no code is in two catalogues, and no sentence ends with a full stop', () => {
  const catalogues = [guardFailures, callerFailures, operatorFailures]
  const codes = catalogues.flatMap((one) => Object.keys(one))
  assert.equal(new Set(codes).size, codes.length)
  for (const { message } of Object.values({ ...callerFailures, ...operatorFailures }))
    assert.doesNotMatch(message, /\.$/)
})

test('only `internal` tells a caller of status 500', () => {
  const codes = Object.entries(callerFailures).filter(([, { status }]) => status === 500)
  assert.deepEqual(
    codes.map(([code]) => code),
    ['internal'],
  )
})

test('every 401 names a scheme', () => {
  for (const [code, entry] of Object.entries(callerFailures)) {
    assert.equal('challenge' in entry, entry.status === 401, code)
  }
})

test('every route has a summary, a path of its own, and no failure of status 500', () => {
  const all = [...routes, ...developmentRoutes]
  const names = all.map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(names).size, names.length)
  for (const { summary, failures, path } of all) {
    assert.match(summary, /^[A-Z].*[^.]$/, path)
    for (const code of failures) assert.notEqual(code, 'internal', path)
  }
})

test('every route shows an example that has its own shapes', () => {
  for (const { example, method, path, body, query, answer } of [...routes, ...developmentRoutes]) {
    const params = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
    assert.deepEqual(Object.keys(example.params ?? {}), params, path)
    assert.equal('query' in example, query !== undefined, `${method} ${path}`)
    assert.equal('body' in example, body !== undefined, `${method} ${path}`)
    query?.parse(example.query)
    body?.parse(example.body)
    answer.parse(example.answer)
  }
})

test('every route has a limit, or says why it has none; one that counts by user knows its user', () => {
  for (const { limit, access, path } of [...routes, ...developmentRoutes]) {
    if (typeof limit === 'object') assert.match(limit.none, /^[a-z].*[^.]$/, path)
    if (limit === 'changes-per-user') assert.match(access, /^(user|admin)$/, path)
  }
})

test('the version is that of package.json', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  assert.equal(version, (JSON.parse(manifest) as { version: string }).version)
})

test('migrations are numbered in order', () => {
  const names = Object.keys(migrations)
  assert.deepEqual(names, names.toSorted())
  names.forEach((name) => assert.match(name, /^\d{4}-/))
  assert.equal(new Set(names.map((name) => name.slice(0, 4))).size, names.length)
})
