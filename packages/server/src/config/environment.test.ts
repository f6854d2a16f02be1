import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './load.ts'
import { namedSettings } from './settings.ts'

const mode = 'production'

test('[18.29] the variables that Kubernetes sets for a Service named countersign are ignored', () => {
  const env = {
    COUNTERSIGN_SERVICE_HOST: '10.96.0.7',
    COUNTERSIGN_SERVICE_PORT: '8080',
    COUNTERSIGN_SERVICE_PORT_HTTP: '8080',
    COUNTERSIGN_PORT: 'tcp://10.96.0.7:8080',
    COUNTERSIGN_PORT_8080_TCP: 'tcp://10.96.0.7:8080',
    COUNTERSIGN_PORT_8080_TCP_PROTO: 'tcp',
    COUNTERSIGN_PORT_8080_TCP_PORT: '8080',
    COUNTERSIGN_PORT_8080_TCP_ADDR: '10.96.0.7',
    COUNTERSIGN_CONSOLE_SERVICE_HOST: '10.96.0.8',
    COUNTERSIGN_CONSOLE_PORT: 'udp://10.96.0.8:53',
  }
  assert.equal(loadConfig({ mode, env }).http.port, 8080)
  for (const typo of [{ COUNTERSIGN_PORT: '8080' }, { COUNTERSIGN_HOST: '10.96.0.7' }])
    assert.throws(() => loadConfig({ mode, env: typo }), { code: 'setting_unknown' })
})

test('[18.29] a service link in the place of a setting names its cause', () => {
  for (const [variable, service] of [
    ['COUNTERSIGN_HTTP_PORT', 'countersign-http'],
    ['COUNTERSIGN_METRICS_PORT', 'countersign-metrics'],
    ['COUNTERSIGN_TLS_REDIRECT_PORT', 'countersign-tls-redirect'],
  ] as const)
    assert.throws(
      () => loadConfig({ mode, env: { [variable]: 'tcp://10.96.0.7:8080' } }),
      (error: Error & { code?: string }) =>
        error.code === 'setting_invalid' &&
        error.message.includes(`Kubernetes sets ${variable} for the Service ${service}`) &&
        error.message.includes('enableServiceLinks: false'),
    )
})

test('[18.29] an empty variable is unset, and blanks around a value do not count', () => {
  const empty = Object.fromEntries(
    namedSettings.flatMap(({ variable, setting }) => [
      [variable, ''],
      ...(setting.secret ? [[`${variable}_FILE`, ' ']] : []),
    ]),
  )
  assert.deepEqual(loadConfig({ mode, env: empty }), loadConfig({ mode }))
  const blanks = { COUNTERSIGN_METRICS_PORT: '8081\n', COUNTERSIGN_TOKENS_LIFETIME: '  5m ' }
  const { metrics, tokens } = loadConfig({ mode, env: blanks })
  assert.deepEqual([metrics.port, tokens.lifetime], [8081, 300])
})
