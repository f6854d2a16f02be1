import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgePassword } from '../passwords/password.ts'
import { Secret } from '../secret.ts'
import { foldName, parseName } from './user.ts'

test('spellings that look alike are one user', () => {
  const alike = [
    ['Ada', 'aDA'],
    ['Stra\u00dfe', 'STRASSE'],
    ['\uff21da', 'ada'],
    ['\u212bke', '\u00e5ke'],
    ['e\u0301va', '\u00e9VA'],
    ['\ufb01n', 'FIN'],
  ]
  for (const [one = '', other = ''] of alike) assert.equal(foldName(one), foldName(other))
  assert.notEqual(foldName('ada'), foldName('\u0430da'), 'a Cyrillic letter is another letter')
})

test('a name that cannot be seen or told apart is refused', () => {
  for (const name of [
    '',
    ' ',
    ' ada',
    'ada ',
    'a\nb',
    'a\u0000',
    'a\u200bda',
    '\u202eada',
    'x'.repeat(129),
    '\ud800',
  ]) {
    assert.throws(() => parseName(name), { code: 'username_unacceptable' }, JSON.stringify(name))
  }
  for (const name of ['a', 'Ada Lovelace', '\u674e', '\u{1f600}', 'x'.repeat(128), "O'Brien"])
    assert.equal(parseName(name), name)
})

test('a password has a length, and no other rule', () => {
  const judge = (text: string, minLength = 15) => judgePassword(new Secret(text), { minLength })
  assert.equal(judge('x'.repeat(15)), 'good')
  assert.match(judge('x'.repeat(14)), /fewer than 15/)
  assert.equal(judge('\u{1f600}'.repeat(15)), 'good', 'characters are counted, not halves of them')
  assert.match(judge('e\u0301'.repeat(8)), /fewer/, 'as they are hashed: composed')
  assert.equal(judge('x'.repeat(1024)), 'good')
  assert.match(judge('x'.repeat(1025)), /more than 1024/)
})
