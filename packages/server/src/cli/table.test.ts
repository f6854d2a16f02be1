import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnWidths } from './table.ts'
import { openTerminal, terminals } from './terminal.fixture.ts'
import { openShell, productionEnv } from './transcript.fixture.ts'

const id = 's_NnbH1nCrkKRZkyObCv_AYg'
const rows = [
  ['id', 'began', 'user agent'],
  [id, '2026-11-25 08:22 UTC', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'],
  [id, '2026-11-25 08:23 UTC', '\u001b[31mcurl\u001b[39m'],
]

test('columns are as wide as their cells if there is room, not counting colours', () => {
  assert.deepEqual(columnWidths(rows), [24, 20, 50])
  assert.deepEqual(columnWidths(rows, 98), [24, 20, 50])
})

test('in a narrow room the widest columns shrink, and all of it is used', () => {
  assert.deepEqual(columnWidths(rows, 80), [24, 20, 32])
  assert.deepEqual(columnWidths(rows, 60), [24, 16, 16])
})

test('words stay whole, because ids are copied; in the last column they may be broken', () => {
  assert.deepEqual(columnWidths(rows, 20), [24, 10, 16])
  assert.deepEqual(columnWidths([['key', 'found'], [id, 'x'.repeat(90)]], 60), [24, 34]) // prettier-ignore
})

test(
  'at a terminal no line is too wide, and no text is lost; in a pipe a row is one line',
  { skip: !terminals && 'there are no terminals here' },
  async () => {
    using shell = openShell()
    const env = productionEnv({
      COUNTERSIGN_PROXY_ADDRESSES: '127.0.0.1',
      COUNTERSIGN_PROXY_HEADER: 'x-forwarded-for',
    })
    const piped = await shell.run('countersign config', env)
    assert.match(piped, /^proxy\.header +x-forwarded-for +COUNTERSIGN_PROXY_HEADER$/m)
    await using terminal = openTerminal(shell, 'sh', env)
    await terminal.shows('PS1=; stty cols 80 -echo; echo is $((2*21))\n', /is 42/)
    const shown = await terminal.shows('countersign config; echo; echo done\n', /^done/m)
    const lines = shown.split('\r\n').slice(0, -2)
    assert.ok(lines.length > 40)
    for (const line of lines) assert.ok(line.length <= 80, line)
    assert.match(shown, /^proxy\.header +x-forwarded-for +COUNTERSIGN_/m)
    const squeezed = (text: string) => [...text.replaceAll(/\s/g, '')].toSorted().join('')
    assert.equal(squeezed(lines.join('')), squeezed(piped))
  },
)
