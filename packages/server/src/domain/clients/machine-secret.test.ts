import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../platform/crypto/random.ts'
import { Secret } from '../kernel/secret.ts'
import { judgeClientSecretText, newClientSecret } from './machine-secret.ts'

test('a client secret is well formed; with a line break or another checksum the log can say what is wrong', () => {
  const secret = newClientSecret(systemRandom).reveal()
  const judge = (text: string) => judgeClientSecretText(new Secret(text))
  assert.equal(judge(secret), 'well_formed')
  for (const text of [`${secret}\n`, ` ${secret}`, `${secret}\r\n`])
    assert.equal(judge(text), 'secret_has_blank')
  for (const text of [`${secret}x`, secret.slice(0, -1), '', ' ', 'password'])
    assert.equal(judge(text), 'secret_malformed')
})
