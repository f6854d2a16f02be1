import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './config/load.ts'
import { identityProvidersOf } from './identity-providers.ts'

const client = { CLIENT_ID: 'id', CLIENT_SECRET: 'secret' }

/** Makes the providers of variables after `COUNTERSIGN_FEDERATION_`. */
function providersOf(name: string, variables: Readonly<Record<string, string>>) {
  const prefix = `COUNTERSIGN_FEDERATION_${name.toUpperCase()}_`
  const entries = Object.entries(variables).map(([key, value]) => [prefix + key, value])
  const config = loadConfig({ mode: 'development', env: Object.fromEntries(entries) })
  return identityProvidersOf(config, fixedClock(0))
}

test('a provider of a preset needs a client, and another one its issuer', () => {
  assert.deepEqual([...providersOf('google', client).keys()], ['google'])
  assert.equal(providersOf('slack', client).get('slack')?.title, 'Slack')
  const renamed = providersOf('code', { ...client, PRESET: 'github', TITLE: 'Our code' })
  assert.equal(renamed.get('code')?.title, 'Our code')
  const missing = { code: 'setting_missing' }
  assert.throws(() => providersOf('google', { CLIENT_ID: 'id' }), missing)
  assert.throws(() => providersOf('google', { CLIENT_SECRET: 'secret' }), missing)
  assert.throws(() => providersOf('work', client), missing)
  assert.throws(() => providersOf('microsoft', client), missing)
})

test('settings that would admit strangers are refused', () => {
  const invalid = { code: 'setting_invalid' }
  const tenant = (name: string) => `https://login.microsoftonline.com/${name}/v2.0`
  for (const name of ['common', 'organizations', 'consumers'])
    assert.throws(() => providersOf('microsoft', { ...client, ISSUER: tenant(name) }), invalid)
  const own = { ...client, ISSUER: tenant('3f1b5a06-0000-4000-8000-000000000000') }
  assert.ok(providersOf('microsoft', own).has('microsoft'))
  const domains = { ...own, EMAIL_DOMAINS: 'example.com' }
  assert.throws(() => providersOf('microsoft', domains), invalid) // it verifies no addresses
  assert.throws(() => providersOf('google', { ...client, ISSUER: 'https://x.example' }), invalid)
  for (const issuer of ['http://x.example', 'https://x.example/?a=b', 'https://a@x.example', 'x'])
    assert.throws(() => providersOf('work', { ...client, ISSUER: issuer }), invalid, issuer)
})

test('a misspelt setting of a provider is refused, and no name of it is taken for another setting', () => {
  assert.throws(() => providersOf('google', { ...client, CLIENTID: 'x' }), {
    code: 'setting_unknown',
  })
  assert.throws(() => providersOf('go_ogle', client), { code: 'setting_unknown' })
})
