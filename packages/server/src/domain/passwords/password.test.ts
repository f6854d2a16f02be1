import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { cpuTime } from '@countersign/testing/cpu-time'
import { createCommonPasswords } from '../../platform/crypto/common-passwords.ts'
import { Secret } from '../kernel/secret.ts'
import { isCommonPassword, type IsListed } from './common-password.ts'
import { judgePassword } from './password.ts'

test('[C22] a new password is judged in linear time, for every input', () => {
  const never = () => false
  for (const part of ['!', 'a', 'ab', '\u2057', '\ufdfa']) {
    const folded = `a${part.repeat(50_000)}c`
    const from = cpuTime()
    assert.equal(isCommonPassword(folded, never), false)
    assert.ok(cpuTime() - from < 500, part)
  }
})

suite('a new password', () => {
  let isListed: IsListed
  before(async () => {
    isListed = await createCommonPasswords()()
  })
  const owner = { name: 'Ada Lovelace', email: 'countess@engine.example' }
  const rules = { minLength: 15, serviceWords: ['countersign', 'auth.acme.example'] }
  const judge = (text: string, minLength = 15) =>
    judgePassword(new Secret(text), { ...rules, minLength }, owner, isListed)

  test('has a length in characters, as it is hashed', () => {
    assert.equal(judge('ojwmtfrlaxqzpvk'), 'good')
    assert.equal(judge('ojwmtfrlaxqzpv'), 'password_too_short')
    assert.equal(judge(''), 'password_too_short')
    assert.equal(judge('ojwmtfrl', 8), 'good')
    const signs = '\u{1f600}\u{1f601}\u{1f602}\u{1f603}\u{1f604}\u{1f605}\u{1f606}'
    assert.equal(judge(signs), 'password_too_short', 'characters are counted, not halves of them')
    assert.equal(judge('qe\u0301u\u0301a\u0301o\u0301i\u0301y\u0301n\u0301x'), 'password_too_short')
  })

  test('is hashed whole, so its length is limited', () => {
    const long = Array.from({ length: 1024 }, (_, at) => 'ojwmtfrlaxqzp'[(at * at) % 13]).join('')
    assert.equal(judge(long), 'good')
    assert.equal(judge(`${long}x`), 'password_too_long')
    assert.equal(judge(`${long.slice(2)}\u00e9`), 'good', 'bytes are counted')
    assert.equal(judge(`${long.slice(1)}\u00e9`), 'password_too_long')
  })

  test('requires no kind of characters, and may contain any', () => {
    for (const text of [
      'correct horse battery staple',
      'donaudampfschiffahrt',
      '739184650284917',
      '\u043f\u0440\u0435\u043b\u0435\u0441\u0442\u043d\u0430\u044f \u043a\u043e\u0440\u043e\u0432\u0430',
      '\u2603 \u{1f600} tab\tand\u0007bell',
      '               .',
      'I work at Countersign with Ada',
      'the password is a herring',
    ])
      assert.equal(judge(text), 'good', text)
  })

  test('is not a common password, in any disguise', () => {
    for (const text of [
      'passwordpassword',
      'PassWordPassWord',
      'password1234567',
      '1234567password',
      '...password...!',
      'p.a.s.s.w.o.r.d',
      'iloveyouiloveyou',
      'iloveyouiloveyou1!',
      'trustno1!!!!!!!!!!',
      'dragon 2024 2024',
      'aaaaaaaaaaaaaaa',
      'abcabcabcabcabca',
      '121212121212121',
      '               ',
      '123456789012345',
      '098765432109876',
      'abcdefghijklmnop',
      'ponmlkjihgfedcba',
      'qwertyuiopasdfgh',
      '1qaz2wsx3edc4rfv',
      '\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff441234567',
    ])
      assert.equal(judge(text), 'password_common', text)
    for (const text of ['football', 'Sunshine', '12345678', 'trustno1', 'qwertyui'])
      assert.equal(judge(text, 8), 'password_common', text)
  })

  test("is not made of the user's and the service's names", () => {
    for (const text of [
      'Ada Lovelace 1815',
      'ada.lovelace.ada',
      'lovelacelovelace1',
      'ADALOVELACE2024!!!',
      'countess@engine.example',
      'countess1815countess',
      'countersign2024',
      'Countersign-Acme-Auth',
      'auth.acme.example',
      'lovelaceeeeeeeeee',
      'xyz-lovelace-99999',
    ])
      assert.equal(judge(text), 'password_personal', text)
  })

  test('is judged quickly, for every kind of input', () => {
    const started = cpuTime()
    for (const text of [
      'a'.repeat(1023) + 'b',
      'ab'.repeat(511) + 'cd',
      '1'.repeat(1022) + 'a1',
      'ada'.repeat(341),
      '1a'.repeat(512),
    ])
      judge(text)
    assert.ok(cpuTime() - started < 250, 'milliseconds, for all five')
  })
})
