import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isWorldReadableMode } from './domain/kernel/secret.ts'
import { loadConfig } from './config/load.ts'
import { assertSecretFiles } from './policies.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
after(() => rmSync(folder, { recursive: true }))
const skip = process.platform === 'win32' && 'modes say nothing here'

let count = 0
function fileOf(text: string, mode: number): string {
  const path = join(folder, String(count++))
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}
const key = 'jV0mWQ0c1n5l3m4b7x9z2a6s8d0f1g3h5j7k9l1q2w4='
const refused = {
  code: 'setting_invalid',
  message: /file of \S+ is readable by every user .* chmod 600/,
}

test('a world-readable file with a secret is refused; a group may read it', { skip }, () => {
  for (const variable of ['KEYS_ENCRYPTION_KEY', 'PASSWORDS_PEPPER', 'METRICS_TOKEN']) {
    const assertAt = (mode: number) =>
      assertSecretFiles(
        loadConfig({
          mode: 'production',
          env: { [`COUNTERSIGN_${variable}_FILE`]: fileOf(key, mode) },
        }),
      )
    for (const mode of [0o600, 0o400, 0o440, 0o640]) assertAt(mode)
    for (const mode of [0o644, 0o444, 0o604, 0o602])
      assert.throws(() => assertAt(mode), refused, mode.toString(8))
  }
  const flags = { 'keys-encryption-key-file': fileOf(key, 0o644) }
  assert.throws(() => assertSecretFiles(loadConfig({ mode: 'production', flags })), refused)
})

test('the mode that counts is that of the file, through every link to it', { skip }, () => {
  const link = join(folder, 'link')
  symlinkSync(fileOf(key, 0o644), link)
  const env = { COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: link }
  assert.throws(() => assertSecretFiles(loadConfig({ mode: 'production', env })), refused)
})

test('a settings file is one with a secret when there is one in it', { skip }, () => {
  const judge = (text: string) =>
    assertSecretFiles(loadConfig({ mode: 'production', file: fileOf(text, 0o644) }))
  judge('[tokens]\nlifetime = "5m"\n[database]\nurl = "sqlite:data/auth.db"\n')
  assert.throws(() => judge(`[keys]\nencryption_key = "${key}"\n`), refused)
  assert.throws(() => judge('[database]\nurl = "postgres://a:b@localhost/c"\n'), refused)
})

test('secrets of containers are taken where containers have them', () => {
  assert.equal(isWorldReadableMode('/run/secrets/key', 0o100444), false)
  assert.equal(isWorldReadableMode('/run/secrets/countersign/key', 0o100644), false)
  assert.equal(isWorldReadableMode('/run/secrets-of-mine', 0o100444), true)
  assert.equal(isWorldReadableMode('/etc/countersign/key', 0o100644), true)
})
