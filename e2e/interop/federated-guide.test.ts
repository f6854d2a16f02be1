import { loadConfig } from '../../packages/server/src/config/load.ts'
import { identityProvidersOf } from '../../packages/server/src/identity-providers.ts'
import { scratch } from '@countersign/testing/files'
import { blockOf } from '@countersign/testing/guides'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

test('the settings of the guide make two identity providers', () => {
  using folder = scratch()
  const file = join(folder.path, 'countersign.toml')
  const secrets = ['google-secret', 'work-secret']
  for (const one of secrets) writeFileSync(join(folder.path, one), 'a-secret-of-the-guide\n')
  const toml = blockOf('federated-sign-in.md', 'toml', 1)
  writeFileSync(file, toml.replaceAll('/etc/countersign', folder.path))
  const config = loadConfig({ mode: 'development', file })
  const providers = [...identityProvidersOf(config, fixedClock(0)).values()]
  assert.deepEqual(
    providers.map(({ name, title, policy }) => [name, title, policy.newUsers, policy.trustsEmails]),
    [
      ['google', 'Google', 'registration', false],
      ['work', 'Example Inc.', 'always', true],
    ],
  )
  assert.deepEqual(
    config.secretFiles.map(({ key }) => key),
    ['federation.google.client_secret', 'federation.work.client_secret'],
  )
})
