import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { sampleFile } from './describe.ts'
import { loadConfig, loadEffective } from './load.ts'
import { namedSettings } from './settings.ts'

const mode = 'production'
const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
after(() => rmSync(folder, { recursive: true }))

/** Returns the values that a settings file of this text puts in force. */
function valuesOf(text: string) {
  const file = join(folder, 'c.toml')
  writeFileSync(file, text)
  const { shown: _, ...config } = loadConfig({ mode, file })
  return inspect(config, { depth: 9 })
}

test('the sample file is valid as it is, and with every default set', () => {
  const sample = sampleFile()
  assert.equal(valuesOf(sample), valuesOf(''))
  assert.equal(valuesOf(sample.replaceAll(/^# ([a-z_]+ = )/gm, '$1')), valuesOf(''))
  for (const { key, setting } of namedSettings) {
    const marks = setting.default[mode] === undefined ? '##' : '#'
    assert.match(sample, new RegExp(`^${marks} ${key.split('.')[1]} = `, 'm'), key)
  }
})

test('any invalid value gives a message of ours', () => {
  const wrong = [
    '',
    ' ',
    '\0',
    '€',
    '-1',
    '0',
    '99999999999999',
    '1.5',
    'x'.repeat(9999),
    '[',
    'a,b',
    '://',
  ]
  let refused = 0
  for (const { flag, variable, key, setting } of namedSettings)
    for (const text of wrong) {
      const given = setting.secret ? { env: { [variable]: text } } : { flags: { [flag]: text } }
      const problem = loadEffective({ mode, ...given }).find(
        ({ named }) => named.key === key,
      )?.problem
      if (problem === undefined) continue
      assert.match(
        problem,
        /^(must (?!be set)|is empty$)/,
        `${key} = ${JSON.stringify(text.slice(0, 20))}`,
      )
      refused++
    }
  assert.ok(refused > 300)
})
