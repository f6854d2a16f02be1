import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import {
  anyBrowser,
  digitsHash,
  judgeCode,
  newDigits,
  type CodeProof,
  type MailCode,
} from './code.ts'

const [code, link, browser] = [new Secret('123456'), new Secret('link'), new Secret('browser')]
const other = new Secret('654321')
const stored: MailCode = {
  id: 'c_1',
  key: 'k',
  purpose: 'reset_password',
  userId: null,
  address: '',
  codeHash: digitsHash(testRoot, 'c_1', code),
  linkHash: hashOf(link),
  browserHash: hashOf(browser),
  createdAt: 0,
  expiresAt: 600,
  wrong: 0,
}

test('the digits are enough, and the link is only with the browser that asked', () => {
  const verdict = (proof: CodeProof, change: Partial<MailCode> = {}, now = 1) =>
    judgeCode(testRoot, { ...stored, ...change }, 'reset_password', proof, now)
  for (const [expected, proof, change, now] of [
    ['good', { code }],
    ['good', { code, browser: other }],
    ['good', { link, browser }],
    ['wrong', { link }],
    ['wrong', { link, browser: other }],
    ['wrong', { link: other, browser }],
    ['wrong', { browser }],
    ['wrong', {}],
    ['wrong', { link, browser }, { browserHash: null }],
    ['wrong', { link, browser: new Secret('any') }, { browserHash: hashOf(browser) }],
    ['good', { link }, { browserHash: anyBrowser }],
    ['wrong', { link: other }, { browserHash: anyBrowser }],
    ['wrong_code', { code: other }],
    ['good', { code: other, link, browser }],
    ['wrong', { code }, {}, 600],
    ['good', { code }, {}, 599],
    ['wrong', { code }, { wrong: 5 }],
    ['good', { code }, { wrong: 4 }],
    ['wrong_code', { code: new Secret('') }, { codeHash: '' }],
  ] as const)
    assert.equal(
      verdict(proof, change, now),
      expected,
      JSON.stringify([Object.keys(proof), change]),
    )
  assert.equal(judgeCode(testRoot, undefined, 'reset_password', { code }, 1), 'wrong')
})

test('digits are six, also if they begin with zeros', () => {
  const random = (number: number) => ({
    bytes: (count: number) => {
      const bytes = Buffer.alloc(count)
      bytes.writeUIntBE(number, 0, 6)
      return bytes
    },
  })
  assert.equal(newDigits(random(42)).reveal(), '000042')
  assert.equal(newDigits(random(1_234_567)).reveal(), '234567')
})
