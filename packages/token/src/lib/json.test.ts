import { assert as check, dictionary, gen, jsonValue, nat, property, string } from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJsonObject } from './json.ts'

const parse = (text: string) => parseJsonObject(Buffer.from(text))

test('every object within the limits is parsed as JSON.parse does', () => {
  const name = string({ unit: 'binary', maxLength: 8 })
  check(
    property(dictionary(name, jsonValue({ maxDepth: 5 }), { maxKeys: 20 }), (object) => {
      const text = JSON.stringify(object)
      assert.deepEqual(parse(text), JSON.parse(Buffer.from(text).toString()))
    }),
  )
})

test('[C18] a duplicate member is rejected on every level and in every spelling', () => {
  const twice = [
    '{"a":1,"a":1}',
    '{"a":1,"a":{"b":[2]}}',
    '{"a":{"b":1,"b":2}}',
    '{"a":[{"b":1},{"c":1,"c":1}]}',
    '{"a":1,"\\u0061":2}',
    '{"alg":"none","alg":"HS256"}',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\\\":1 , "a\\\\" : 2}',
    '{"":1,"":2}',
  ]
  for (const text of twice) assert.equal(parse(text), undefined, text)
})

// The shortest text of a value has no room for a second member. Numbers, escapes and blanks make texts longer and shorter than JSON.stringify does.
test('[C18] no spelling of numbers, names and blanks makes room for a duplicate', () => {
  const numbers = [
    '0',
    '7',
    '1000',
    '1e3',
    '12e2',
    '17e8',
    '1700000000',
    '1e22',
    '1.50',
    '-0',
    '-1e9',
    '2E+4',
  ]
  const names = ['"a"', '"b"', '"\\u0061"', '""', '"__proto__"', '"0"']
  check(
    property(gen(), (choose) => {
      const pick = <T>(of: readonly T[]) => of[choose(nat, { max: of.length - 1 })] as T
      let isTwice = false
      const write = (depth: number): string => {
        const kind = choose(nat, { max: depth > 2 ? 3 : 5 })
        if (kind === 5) return object(depth)
        if (kind === 4)
          return `[${Array.from({ length: choose(nat, { max: 2 }) }, () => write(depth + 1)).join(',')}]`
        return kind < 2 ? pick(numbers) : pick(['"x"', '"\\n"', '""', 'true', 'false', 'null'])
      }
      const object = (depth: number): string => {
        const written = Array.from({ length: choose(nat, { max: 4 }) }, () => pick(names))
        isTwice ||= new Set(written.map((name) => JSON.parse(name) as string)).size < written.length
        return `{${written.map((name) => `${name}:${pick(['', '', ' '])}${write(depth + 1)}`).join(',')}}`
      }
      const text = object(0)
      assert.deepEqual(parse(text), isTwice ? undefined : JSON.parse(text), text)
    }),
    { numRuns: 2000 },
  )
})

test('a colon, a brace or an escaped quotation mark inside a string does not count as a member', () => {
  for (const text of [
    '{"a":"b\\":1,\\"b\\":"}',
    '{"a":"\\\\","b":"\\\\\\":"}',
    '{"a":"{\\"a\\":1}"}',
    '{"a" \n:\t"x:"}',
  ]) {
    assert.deepEqual(parse(text), JSON.parse(text))
  }
})

test('[C19] any JSON but an object is rejected', () => {
  for (const text of [
    '[]',
    '"a"',
    '1',
    'null',
    'true',
    '',
    ' ',
    '{',
    '{}x',
    "{'a':1}",
    '{"a":1,}',
    '{a:1}',
    'NaN',
  ]) {
    assert.equal(parse(text), undefined, text)
  }
})

test('invalid UTF-8 and a byte order mark are rejected', () => {
  assert.equal(parseJsonObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), undefined)
  assert.equal(parseJsonObject(Buffer.from('\ufeff{}')), undefined)
  assert.equal(parseJsonObject(Buffer.from('{"a":"\xc3"}', 'latin1')), undefined)
})

test('[C21] depth and number of members are bounded', () => {
  const nested = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  assert.ok(parse(nested(16)))
  assert.equal(parse(nested(17)), undefined)
  assert.equal(parse(`{"a":${'['.repeat(4000)}${']'.repeat(4000)}}`), undefined)
  const members = (count: number) =>
    `{${Array.from({ length: count }, (_, at) => `"m${at}":0`).join(',')}}`
  assert.ok(parse(members(512)))
  assert.equal(parse(members(513)), undefined)
})

test('[C21] depth counts enclosing levels, not siblings', () => {
  const within = (depth: number) =>
    `{"n": [1, true], "x": ${'{"a": 1, "b" : [null], "c": '.repeat(depth - 1)}7${'}'.repeat(depth - 1)}}`
  assert.ok(parse(within(15)))
  assert.equal(parse(within(17)), undefined)
  const mixed = (depth: number) => `{"a":${'[ 1, {"a": '.repeat(depth)}1${'}]'.repeat(depth)}}`
  assert.ok(parse(mixed(7)))
  assert.equal(parse(mixed(8)), undefined)
  for (const one of ['{}', '[]', '{"a":[]}', '[{}]'])
    assert.ok(parse(`{"a":[${Array.from({ length: 100 }, () => one).join(', ')}]}`), one)
})

test('[C21] more than half a megabyte is not looked through', () => {
  const half = 512 * 1024
  const filled = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`
  assert.ok(parse(filled(half)))
  assert.equal(parse(filled(half + 1)), undefined)
})

test('[C23] __proto__ and constructor are data and nothing else', () => {
  const object = parse('{"__proto__":{"admin":true},"constructor":1}')
  assert.equal((object as { admin?: boolean }).admin, undefined)
  assert.ok(Object.hasOwn(object ?? {}, '__proto__'))
  assert.equal(({} as { admin?: boolean }).admin, undefined)
})
