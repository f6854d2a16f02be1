import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from './load.ts'
import { assertSafe, warningsOf } from './safety.ts'

test('in production a limit that is off is warned of', () => {
  const off = {
    COUNTERSIGN_LIMITS_ATTEMPTS: '0',
    COUNTERSIGN_LIMITS_CHANGES: '0',
    COUNTERSIGN_LIMITS_GUESS_DELAY: '0',
  }
  const named = (env: Readonly<Record<string, string>>, mode: 'development' | 'production') =>
    warningsOf(loadConfig({ mode, env })).map((sentence) => sentence.split(' ')[0])
  assert.deepEqual(named({}, 'production'), [])
  assert.deepEqual(named(off, 'development'), [])
  assert.deepEqual(named(off, 'production'), [
    'limits.attempts',
    'limits.changes',
    'limits.guess_delay',
  ])
})

test('metrics leave this machine only for who has the secret', () => {
  const open = (env: Readonly<Record<string, string>>) =>
    assertSafe(
      loadConfig({ mode: 'development', env: { COUNTERSIGN_METRICS_PORT: '9464', ...env } }),
    )
  const beyond = { COUNTERSIGN_METRICS_HOST: '0.0.0.0' }
  open({})
  assert.throws(() => open(beyond), { code: 'setting_missing' })
  open({ ...beyond, COUNTERSIGN_METRICS_TOKEN: randomBytes(32).toString('base64') })
})

test('a proxy that does not say from where a request came is warned of', () => {
  const proxied = { COUNTERSIGN_PROXY_ADDRESSES: '10.0.0.1' }
  const of = (env: Readonly<Record<string, string>>) =>
    warningsOf(loadConfig({ mode: 'production', env }))
  assert.match(of(proxied)[0] ?? '', /^proxy\.header is none/)
  assert.deepEqual(of({ ...proxied, COUNTERSIGN_PROXY_HEADER: 'forwarded' }), [])
})
