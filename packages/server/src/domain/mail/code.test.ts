import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDomain } from '../domain.fixture.ts'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import { askCode } from './ask-code.ts'
import {
  anyBrowser,
  chooseSlot,
  codeKey,
  digitsHash,
  groupDigits,
  judgeCode,
  networkKey,
  newDigits,
  resetLinkPrefix,
  slotKeys,
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
  network: 'n1',
  createdBy: null,
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
    ['wrong', { id: 'c_1', code }, { wrong: 5 }],
    ['wrong', { id: 'c_1', link, browser }, { wrong: 5 }],
    ['good', { id: 'c_1', code }, { wrong: 4 }],
    ['good', { code }, { wrong: 5 }],
    ['wrong_code', { code: new Secret('') }, { codeHash: '' }],
  ] as const)
    assert.equal(
      verdict(proof, change, now),
      expected,
      JSON.stringify([Object.keys(proof), change]),
    )
  assert.equal(judgeCode(testRoot, undefined, 'reset_password', { code }, 1), 'wrong')
})

test('digits are nine, also if they begin with zeros, in groups of three', () => {
  const random = (number: number) => ({
    bytes: (count: number) => {
      const bytes = Buffer.alloc(count)
      bytes.writeUIntBE(number, 0, 6)
      return bytes
    },
  })
  assert.equal(newDigits(random(42)).reveal(), '000000042')
  assert.equal(newDigits(random(7_001_234_567)).reveal(), '001234567')
  assert.equal(groupDigits(new Secret('001234567')).reveal(), '001 234 567')
})

test('[19.15] a new code replaces that of its own network and no other, while three are live', () => {
  const keys = ['a', 'b', 'c']
  const of = (key: string, network: string, expiresAt = 600) => ({
    ...stored,
    key,
    network,
    expiresAt,
  })
  const all = [of('a', 'n1'), of('b', 'n2'), of('c', 'n3')]
  assert.equal(chooseSlot(keys, [], 'n1', 1), 'a')
  assert.equal(chooseSlot(keys, all.slice(0, 1), 'n1', 1), 'a')
  assert.equal(chooseSlot(keys, all.slice(0, 1), 'n2', 1), 'b')
  assert.equal(chooseSlot(keys, all.slice(1), 'n4', 1), 'a')
  assert.equal(chooseSlot(keys, all, 'n2', 1), 'b')
  assert.equal(chooseSlot(keys, all, 'n4', 1), undefined)
  assert.equal(chooseSlot(keys, all, 'n4', 600), 'a', 'they have expired')
  assert.equal(chooseSlot(keys, [of('b', 'n1', 1), ...all.slice(2)], 'n1', 1), 'a')
})

test('a site with IPv6 is one network', () => {
  const key = (address?: string) => networkKey(testRoot, address)
  assert.equal(key('2001:db8:1:2::3'), key('2001:db8:1:ff::3'))
  assert.notEqual(key('2001:db8:1::3'), key('2001:db8:2::3'))
  assert.notEqual(key('192.0.2.1'), key('192.0.2.2'))
  assert.equal(key('::ffff:192.0.2.1'), key('192.0.2.1'))
  assert.equal(key(), key())
})

test('a code that was stored before there were slots is found and ended like others', () => {
  const keys = slotKeys(testRoot, 'reset_password', 'ada@example.com')
  assert.ok(keys.includes(codeKey(testRoot, 'reset_password', 'ada@example.com')))
})

test('the id of a mailed code never begins as that of a link to hand over, whose page asks for no code', async (t) => {
  const { deps } = await openDomain(t)
  const chosen = (count: number) => Buffer.alloc(count, 'h_h_', 'base64url')
  assert.ok(chosen(16).toString('base64url').startsWith(resetLinkPrefix))
  const random = { ...deps.random, bytes: chosen }
  const id = await askCode(
    { ...deps, random, issuer: { url: 'https://auth.example.com' } },
    {
      purpose: 'sign_in',
      kind: 'sign-in-code',
      page: '/sign-in-code',
      email: 'ada@example.com',
      whom: ['ada@example.com'],
      browser: undefined,
      client: {},
    },
  )
  assert.ok(!id.startsWith(resetLinkPrefix), id)
})
