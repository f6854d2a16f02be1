import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCommonPasswords } from '../../packages/server/src/platform/crypto/common-passwords.ts'
import { run } from '@countersign/testing/process'

test('the file of common passwords matches its list', async () => {
  const program = [
    process.execPath,
    '--conditions=@countersign/source',
    'scripts/common-passwords.ts',
  ]
  const { code, output } = await run([...program, '--check'])
  assert.equal(code, 0, output)
})

test('it contains common passwords of every length, and no others', async () => {
  const isListed = await createCommonPasswords()()
  for (const text of ['123456', 'password', 'qwerty123', 'q1w2e3r4t5y6u7i8', 'qazwsxedcrfvtgb'])
    assert.ok(isListed(text), text)
  for (let at = 0; at < 10_000; at++) assert.ok(!isListed(`no common password ${at}`))
  for (const text of ['', 'Password', 'password ', 'correct horse battery staple'])
    assert.ok(!isListed(text), text)
})
