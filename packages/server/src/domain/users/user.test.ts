import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as check, constantFrom, property, string } from 'fast-check'
import { foldEmail, parseEmail } from './email.ts'
import { parseRoles } from './role.ts'
import { foldName, parseName } from './user.ts'

test('spellings that look alike are one user', () => {
  const alike = [
    ['Ada', 'aDA'],
    ['Stra\u00dfe', 'STRASSE'],
    ['\uff21da', 'ada'],
    ['\u212bke', '\u00e5ke'],
    ['e\u0301va', '\u00e9VA'],
    ['\ufb01n', 'FIN'],
    ['\u1e9e', 'ss'],
    ['\u03c3\u03c2', '\u03a3\u03a3'],
  ]
  for (const [one = '', other = ''] of alike) assert.equal(foldName(one), foldName(other))
  assert.notEqual(foldName('ada'), foldName('\u0430da'), 'a Cyrillic letter is another letter')
})

test('a name that is invisible or looks like another is refused', () => {
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
    'a\u3164',
    'ada\ufe0f',
    '\u2800',
  ]) {
    assert.throws(() => parseName(name), { code: 'username_unacceptable' }, JSON.stringify(name))
  }
  for (const name of ['a', 'Ada Lovelace', '\u674e', '\u{1f600}', 'x'.repeat(128), "O'Brien"])
    assert.equal(parseName(name), name)
})

test('folding twice is folding once, whatever the case, the composition and the neighbours', () => {
  const spellings = [
    (text: string) => text.toUpperCase(),
    (text: string) => text.toLowerCase(),
    (text: string) => text,
    (text: string) => text.normalize('NFKC'),
  ]
  const agrees = (text: string) => {
    const folded = foldName(text)
    assert.equal(foldName(folded), folded, text)
    for (const spell of spellings)
      assert.equal(foldName(spell(text.normalize('NFD'))), folded, text)
  }
  for (let point = 0; point < 0x3_0000; point++)
    // beyond it nothing has a case or another form
    if (point < 0xd800 || point > 0xdfff) agrees(String.fromCodePoint(point))
  const awkward = constantFrom(
    ...'\u0130\u0131iI\u03a3\u03c3\u03c2\u00df\u1e9e\u0345\u0307\u0301\u1fb3\u01c5\u13a0\uab70\ufb03 a',
  )
  check(
    property(array(awkward, { maxLength: 8 }), (letters) => agrees(letters.join(''))),
    {
      numRuns: 5000,
    },
  )
  check(property(string({ unit: 'grapheme' }), agrees), { numRuns: 1000 })
})

test('[H59] an e-mail address has one @ and a domain, and nothing that could be read two ways', () => {
  for (const good of [
    'ada@example.com',
    'a.b+c@mail.example.co.uk',
    "o'brien@example.com",
    'j\u00f6rg@m\u00fcller.example',
    '\u674e@\u4f8b\u5b50.example',
    `${'x'.repeat(64)}@example.com`,
  ])
    assert.equal(parseEmail(good), good)
  for (const bad of [
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@example',
    'ada@@example.com',
    'ada@evil.com@example.com',
    'ada\uff20evil.com@example.com',
    'ada@evil.com\uff20example.com',
    'ada @example.com',
    'ada@example.com\n',
    'ada@exam ple.com',
    'ada\u200b@example.com',
    'ada\0@example.com',
    '"ada"@example.com',
    'Ada <ada@example.com>',
    'ada@[127.0.0.1]',
    '.ada@example.com',
    'a..da@example.com',
    'ada@.example.com',
    'ada@example..com',
    'ada@example.com/x',
    'ada@example.com:25',
    `${'x'.repeat(65)}@example.com`,
    `ada@${'x.'.repeat(130)}com`,
    '\ud800@example.com',
  ])
    assert.throws(() => parseEmail(bad), { code: 'email_unacceptable' }, JSON.stringify(bad))
})

test('addresses are one when case and the spelling of the domain are all that differ', () => {
  assert.equal(foldEmail('Ada@Example.COM'), foldEmail('ada@example.com'))
  assert.equal(foldEmail('ada@m\u00fcller.example'), foldEmail('ada@XN--mller-kva.example'))
  assert.notEqual(foldEmail('ada+x@example.com'), foldEmail('ada@example.com'))
  assert.notEqual(foldEmail('a.da@example.com'), foldEmail('ada@example.com'))
})

test('roles are plain words, and few', () => {
  assert.deepEqual(parseRoles(['admin', 'billing:read', 'admin']), ['admin', 'billing:read'])
  for (const bad of ['', 'Admin', 'a b', '-a', 'x'.repeat(65), '\u00e4', 'a,b'])
    assert.throws(() => parseRoles([bad]), { code: 'role_unacceptable' }, bad)
  const many = Array.from({ length: 33 }, (_, at) => `r${at}`)
  assert.throws(() => parseRoles(many), { code: 'role_unacceptable' })
  assert.equal(parseRoles(many.slice(1)).length, 32)
})
