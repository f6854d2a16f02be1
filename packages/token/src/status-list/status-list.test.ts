import { StatusList as Other } from '@sd-jwt/jwt-status-list'
import { array, assert as check, constantFrom, integer, property, tuple } from 'fast-check'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { codeOf } from '../jwt/forge.fixture.ts'
import { createStatusList, decodeStatusList, type EncodedStatusList } from './status-list.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../../../vectors/status-list.json', import.meta.url), 'utf8'),
) as {
  readonly lists: readonly (EncodedStatusList & { readonly statuses: readonly number[] })[]
  readonly long_lists: readonly (EncodedStatusList & {
    readonly size: number
    readonly set: readonly (readonly [number, number])[]
  })[]
}

test('the examples of the draft decode to their statuses', () => {
  for (const { statuses, ...encoded } of vectors.lists) {
    const list = decodeStatusList(encoded)
    assert.deepEqual(
      Array.from({ length: list.size }, (_, at) => list.get(at)),
      statuses,
    )
  }
})

test('the long test vectors of the draft decode to their statuses, at every one of a million indexes', () => {
  assert.deepEqual(
    vectors.long_lists.map(({ bits }) => bits),
    [1, 2, 4, 8],
  )
  for (const { size, set, ...encoded } of vectors.long_lists) {
    const expected = new Uint8Array(size)
    for (const [index, status] of set) expected[index] = status
    const list = decodeStatusList(encoded)
    assert.equal(list.size, size)
    const read = Uint8Array.from({ length: size }, (_, at) => list.get(at))
    assert.ok(Buffer.compare(read, expected) === 0, `${encoded.bits} bits`)

    const ours = createStatusList(size, encoded.bits)
    for (const [index, status] of set) ours.set(index, status)
    const again = decodeStatusList(ours.encode())
    const readAgain = Uint8Array.from({ length: size }, (_, at) => again.get(at))
    assert.ok(Buffer.compare(readAgain, expected) === 0, `${encoded.bits} bits, encoded by us`)
  }
})

test('another implementation agrees on every status, in both directions', () => {
  for (const bits of [1, 2, 4, 8] as const) {
    const size = 2 ** 16
    const statuses = Array.from({ length: size }, () =>
      Math.random() < 0.3 ? Math.floor(Math.random() * 2 ** bits) : 0,
    )
    const ours = createStatusList(size, bits)
    for (const [index, status] of statuses.entries()) ours.set(index, status)
    const read = Other.decompressStatusList(ours.encode().lst, bits)
    assert.deepEqual(read.statusList, statuses)

    const theirs = new Other(statuses, bits).compressStatusList()
    const list = decodeStatusList({ bits, lst: theirs })
    assert.deepEqual(
      statuses.map((_, at) => list.get(at)),
      statuses,
    )
  }
})

test('a status that was set is read back, also after encoding, and no other changes', () => {
  const bitsAndWrites = constantFrom(1, 2, 4, 8).chain((bits) =>
    tuple(
      constantFrom(bits),
      array(tuple(integer({ min: 0, max: 199 }), integer({ min: 0, max: 2 ** bits - 1 }))),
    ),
  )
  check(
    property(bitsAndWrites, ([bits, writes]) => {
      const list = createStatusList(200, bits)
      const expected = new Map<number, number>()
      for (const [index, status] of writes) {
        list.set(index, status)
        expected.set(index, status)
      }
      for (const read of [list, decodeStatusList(list.encode())]) {
        for (let at = 0; at < read.size; at++) assert.equal(read.get(at), expected.get(at) ?? 0)
      }
    }),
  )
})

test('an index outside of the list is rejected, never taken as valid', () => {
  const list = createStatusList(16)
  for (const index of [-1, 16, 1e9, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never]) {
    assert.equal(
      codeOf(() => list.get(index)),
      'status_index_unknown',
    )
    assert.equal(
      codeOf(() => list.set(index, 1)),
      'status_index_unknown',
    )
  }
  for (const status of [2, -1, 0.5, Number.NaN])
    assert.equal(
      codeOf(() => list.set(0, status)),
      'status_list_invalid',
    )
})

test('a malformed list is rejected', () => {
  const odd: readonly unknown[] = [
    {},
    { bits: 1 },
    { bits: 3, lst: 'eNrbuRgAAhcBXQ' },
    { bits: 1, lst: 7 },
    { bits: 1, lst: 'eNrbuRgAAhcBXQ==' },
    { bits: 1, lst: 'AAAA' },
    { bits: 1, lst: '' },
  ]
  for (const one of odd)
    assert.equal(
      codeOf(() => decodeStatusList(one as EncodedStatusList)),
      'status_list_invalid',
    )
  for (const size of [0, -1, 0.5, Number.NaN, 2 ** 40])
    assert.equal(
      codeOf(() => createStatusList(size)),
      'status_list_invalid',
    )
})

test('a list that would inflate beyond the limit is rejected before it does', () => {
  const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64url')
  assert.ok(bomb.length < 100_000)
  assert.equal(
    codeOf(() => decodeStatusList({ bits: 1, lst: bomb })),
    'status_list_invalid',
  )
})
