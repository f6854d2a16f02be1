import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCertificate, placeCertificate } from '@countersign/testing/certificates'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const env = productionEnv({ COUNTERSIGN_ISSUER_URL: 'https://localhost:8080' })

test('config and serve refuse the same settings with the same message, and serve creates nothing before', async () => {
  using shell = openShell()
  placeCertificate(shell.folder, await makeCertificate({ from: -2, until: -1 }))
  writeFileSync(join(shell.folder, 'weak'), randomBytes(24).toString('base64'), { mode: 0o600 })
  writeFileSync(join(shell.folder, 'open'), randomBytes(32).toString('base64'), { mode: 0o644 })
  const pair = '--tls-certificate-file cert.pem --tls-key-file'
  for (const [flags, says] of [
    [`${pair} key.pem`, /the certificate expired on .*\(certificate_unusable\)/],
    [`${pair} nowhere.pem`, /tls\.key_file cannot be read \(certificate_unusable\)/],
    ['--metrics-port 8080', /metrics\.port is 8080, the same as http\.port \(setting_invalid\)/],
    [
      '--keys-encryption-key-file weak',
      /keys\.encryption_key must be 32 bytes .*\(setting_invalid\)/,
    ],
    [
      '--keys-encryption-key-file open',
      /is readable by every user of this machine.*\(setting_invalid\)/,
    ],
    ['--sessions-lifetime 1d', /sessions\.idle_lifetime is longer .*\(setting_invalid\)/],
  ] as const) {
    const config = await shell.run(`countersign config --changed ${flags}`, env)
    assert.match(config, says)
    assert.match(config, /\[exit 78\]/)
    const serve = await shell.run(`countersign serve ${flags}`, env)
    assert.match(serve, says)
    assert.match(serve, /\[exit 78\]/)
    assert.ok(!existsSync(join(shell.folder, 'auth.db')), flags)
  }
  const dev = await shell.run(`countersign dev ${pair} nowhere.pem`)
  assert.match(dev, /certificate_unusable/)
  assert.ok(!existsSync(join(shell.folder, 'data')))
})
