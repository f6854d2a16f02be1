import { array, assert as check, constantFrom, integer, property, string, tuple } from 'fast-check'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createEventStreamReader, type StreamEvent } from './event-stream.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (...pieces: readonly Uint8Array[]) => {
  const reader = createEventStreamReader()
  return pieces.flatMap((piece) => reader.push(piece))
}
const rows: readonly (readonly [name: string, text: string, events: readonly StreamEvent[]])[] = [
  ['an event', 'event: status\nid: 7\ndata: a.b.c\n\n', [{ type: 'status', data: 'a.b.c' }]],
  ['an event without a type is a message', 'data: x\n\n', [{ type: 'message', data: 'x' }]],
  ['lines of data are joined', 'data: x\ndata\ndata:y\n\n', [{ type: 'message', data: 'x\n\ny' }]],
  ['one blank is removed', 'data:  x \n\n', [{ type: 'message', data: ' x ' }]],
  ['comments, blank lines and unknown fields are ignored', ': hi\n\n\nfoo: bar\nx\n\n', []],
  ['a type without data is no event, and is dropped', 'event: status\n\ndata: x\n\n', [{ type: 'message', data: 'x' }]],
  ['lines end with CR, LF or both', 'event: status\r\ndata: x\r\rdata: y\n\n', [{ type: 'status', data: 'x' }, { type: 'message', data: 'y' }]],
  ['a byte order mark is skipped', '\ufeffdata: x\n\n', [{ type: 'message', data: 'x' }]],
  ['an incomplete event is none yet', 'data: x\n', []],
] // prettier-ignore

suite('an event stream (HTML, section 9.2.6)', () => {
  for (const [name, text, events] of rows)
    test(name, () => {
      assert.deepEqual(read(bytes(text)), events)
      assert.deepEqual(read(...Array.from(bytes(text), (one) => Uint8Array.of(one))), events)
    })

  test('however a stream is split into chunks, the events are the same', () => {
    const line = constantFrom('data: x', 'data: \u00e9\u{1f511}', 'event: status', 'id: 4', ':', 'data', 'retry: 5', 'foo: bar', '', '') // prettier-ignore
    const stream = array(tuple(line, constantFrom('\n', '\r', '\r\n')), { maxLength: 30 }).map(
      (lines) => bytes(lines.flat().join('')),
    )
    check(
      property(stream, array(integer({ min: 0, max: 400 })), (whole, cuts) => {
        const at = [...cuts.filter((cut) => cut <= whole.length), whole.length].toSorted(
          (a, b) => a - b,
        )
        const pieces = at.map((end, index) => whole.subarray(at[index - 1] ?? 0, end))
        assert.deepEqual(read(...pieces), read(whole))
      }),
      { numRuns: 500 },
    )
  })

  test('what is written by the standard is read back unchanged', () => {
    const text = string({ unit: 'grapheme' }).map((one) => one.replace(/[\r\n\0]/g, ''))
    const event = tuple(
      constantFrom('status', 'other'),
      array(text, { minLength: 1, maxLength: 4 }),
    )
    check(
      property(array(event), (events) => {
        const written = events
          .map(
            ([type, lines]) => `event: ${type}\n${lines.map((one) => `data: ${one}\n`).join('')}\n`,
          )
          .join('')
        const meant = events.map(([type, lines]) => ({ type, data: lines.join('\n') }))
        assert.deepEqual(read(bytes(written)), meant)
      }),
    )
  })

  test('the retry delay is read if it is a number', () => {
    const reader = createEventStreamReader()
    assert.equal(reader.retry, undefined)
    reader.push(bytes('retry: 1500\n'))
    reader.push(bytes('retry: soon\nretry: -1\nretry: 1e9\n'))
    assert.equal(reader.retry, 1.5)
  })

  test('junk throws nothing but feed_broken', () => {
    check(
      property(array(integer({ min: 0, max: 255 })), (junk) => {
        try {
          read(Uint8Array.from(junk))
        } catch (error) {
          assert.equal((error as { readonly code?: string }).code, 'feed_broken')
        }
      }),
    )
  })

  test('an event without end is rejected, however it arrives', () => {
    const long = bytes('x'.repeat(64 * 1024))
    for (const between of ['', '\ndata: ', '\nevent: ']) {
      const reader = createEventStreamReader()
      assert.throws(
        () => {
          for (let sent = 0; sent < 16; sent++) {
            reader.push(bytes(between))
            reader.push(long)
          }
        },
        { code: 'feed_broken' },
        JSON.stringify(between),
      )
    }
    assert.throws(() => read(Uint8Array.of(0xff)), { code: 'feed_broken' }, 'not UTF-8')
  })

  test('ten thousand events in one chunk are read at once', () => {
    const many = bytes('data: x\n\n'.repeat(10_000))
    assert.equal(read(many).length, 10_000)
  })
})
