import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import { array, assert as check, constantFrom, oneof, property, tuple } from 'fast-check'
import { cpuTime } from '@countersign/testing/cpu-time'
import { createAddresses, type Topology } from './client-address.ts'
import { forwardedFor } from './forwarded-header.ts'

const request = (
  topology: Topology,
  address: string | undefined,
  headers: Readonly<Record<string, string>> = {},
) => createAddresses(topology).of({ address }, (name) => headers[name] ?? null)

test('the address is that of the socket, and a declared proxy\u2019s own counts as unknown', () => {
  const proxies = ['10.0.0.0/8', '192.0.2.9', '2001:db8::/32']
  const rows = [
    ['198.51.100.1', '198.51.100.1'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
    ['2001:db9::1', '2001:db9::1'],
    ['10.1.2.3', undefined],
    ['::ffff:10.1.2.3', undefined],
    ['192.0.2.9', undefined],
    ['192.0.2.8', '192.0.2.8'],
    ['2001:db8:5::1', undefined],
    ['::1', undefined],
    [undefined, undefined],
  ]
  const topology = { proxies, header: 'none', unknown: ['::1'] } as const
  for (const [address, expected] of rows)
    assert.equal(request(topology, address), expected, String(address))
  assert.equal(request({ proxies: [], header: 'none' }, '10.1.2.3'), '10.1.2.3')
})

test('[G52] forwarding headers are trusted only as far as declared proxies wrote them', () => {
  const topology = { proxies: ['10.0.0.0/8', '2001:db8::/32'], unknown: ['127.0.0.0/8'] }
  const rows: readonly (readonly [peer: string, header: string, expected: string | undefined])[] = [
    ['10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['::ffff:10.0.0.1', '1.1.1.1, 203.0.113.7, 10.0.0.2, 2001:db8::5', '203.0.113.7'],
    ['10.0.0.1', '10.0.0.9, 10.0.0.2', '10.0.0.9'],
    ['10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['10.0.0.1', '[2001:db9::1]:4711', '2001:db9::1'],
    ['10.0.0.1', '2001:db9::1', '2001:db9::1'],
    ['10.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '', undefined],
    ['10.0.0.1', 'unknown', undefined],
    ['10.0.0.1', '203.0.113.7, unknown', undefined],
    ['10.0.0.1', '203.0.113.7, 999.1.1.1', undefined],
    ['10.0.0.1', '", 203.0.113.7', '203.0.113.7'],
    ['127.0.0.1', '203.0.113.7', undefined],
    ['198.51.100.1', '203.0.113.7', '198.51.100.1'],
    ['198.51.100.1', '10.0.0.1', '198.51.100.1'],
  ]
  for (const [peer, text, expected] of rows) {
    const headers = { 'x-forwarded-for': text, forwarded: 'for=1.1.1.1', 'x-real-ip': '1.1.1.1' }
    const found = request({ ...topology, header: 'x-forwarded-for' }, peer, headers)
    assert.equal(found, expected, `${peer}, ${text}`)
    assert.equal(request({ ...topology, header: 'none' }, '10.0.0.1', headers), undefined)
  }
})

test('[G52] Forwarded is read from its end: an open quote, a comma in quotes or a second `for` of a caller change nothing', () => {
  const topology = { proxies: ['10.0.0.0/8'], header: 'forwarded' } as const
  const rows: readonly (readonly [header: string, expected: string | undefined])[] = [
    ['for=203.0.113.7', '203.0.113.7'],
    ['For="203.0.113.7:80";proto=https;by=10.0.0.1', '203.0.113.7'],
    ['proto=https; for="[2001:db9::1]:4711"', '2001:db9::1'],
    ['for=1.1.1.1, for=203.0.113.7, for=10.0.0.2', '203.0.113.7'],
    ['for=", for=203.0.113.7', '203.0.113.7'],
    ['for="x\\", for=203.0.113.7;by="a,b"', '203.0.113.7'],
    ['for=203.0.113.7;host="a;for=b"', '203.0.113.7'],
    ['host="a;for=1.1.1.1";for=203.0.113.7', '203.0.113.7'],
    ['for=7.7.7.7, for=203.0.113.7;host="a\\", for=6.6.6.6"', '203.0.113.7'],
    ['for="evil\\, for=203.0.113.7;host="a\\\\"', '203.0.113.7'],
    ['for="\\2\\03.0.113.7" ; proto=https', '203.0.113.7'],
    ['for=203.0.113.7;host="a"b"', undefined],
    ['for=203.0.113.7;host=a:80', undefined],
    ['for = 203.0.113.7', undefined],
    ['"', undefined],
    ['for=1.1.1.1;for=2.2.2.2', undefined],
    ['for=_hidden', undefined],
    ['for=unknown', undefined],
    ['proto=https', undefined],
    ['1.1.1.1', undefined],
  ]
  for (const [text, expected] of rows)
    assert.equal(request(topology, '10.0.0.1', { forwarded: text }), expected, text)
  const headers = { 'x-forwarded-for': '1.1.1.1' }
  assert.equal(request(topology, '10.0.0.1', headers), undefined, 'the other header is not read')
})

/** Another parser of RFC 7239, section 4, which reads strictly from the front: it returns the nodes of well-formed elements, or nothing. */
function readFromTheFront(text: string): readonly (string | undefined)[] | undefined {
  const nodes: (string | undefined)[] = []
  const isToken = (char = '') => char !== '' && !/[\s"(),/:;<=>?@[\\\]{}]/.test(char)
  let at = 0
  const word = () => {
    const from = at
    while (isToken(text[at])) at++
    return text.slice(from, at)
  }
  const quoted = () => {
    let value = ''
    for (at++; at < text.length && text[at] !== '"'; at++)
      value += text[at] === '\\' ? text[++at] : text[at]
    return at++ < text.length ? value : undefined
  }
  do {
    const named: string[] = []
    do {
      while (text[at] === ' ') at++
      const name = word()
      if (name !== '') {
        if (text[at++] !== '=') return undefined
        const value = text[at] === '"' ? quoted() : word()
        if (value === undefined || (value === '' && text[at - 1] === '=')) return undefined
        if (name.toLowerCase() === 'for') named.push(value)
      }
      while (text[at] === ' ') at++
    } while (text[at] === ';' && ++at)
    nodes.push(named.length === 1 ? named[0] : undefined)
  } while (text[at] === ',' && ++at)
  return at === text.length ? nodes : undefined
}

/** Returns the nodes of `Forwarded`, the last first. */
const addressesOf = (text: string) => [...forwardedFor('forwarded', () => text)].map(addressIn)

const pieces = [
  'for=',
  'For=',
  'host=',
  'a',
  '"',
  '"',
  '\\',
  ';',
  ',',
  ' ',
  '1.2.3.4',
  '[2001:db8::1]:9',
  ':',
]

test('[G52] Forwarded read from its end gives the same as read from the front, wherever that can be parsed', () => {
  let read = 0
  const one = oneof(
    tuple(constantFrom('for', 'For', 'host', 'by'), constantFrom('1.2.3.4', 'a')).map((pair) =>
      pair.join('='),
    ),
    tuple(constantFrom('for', 'host'), array(constantFrom(...pieces))).map(
      ([name, value]) => `${name}="${value.join('').replaceAll(/["\\]/g, '\\$&')}"`,
    ),
  )
  const element = array(one, { minLength: 1, maxLength: 4 }).map((pairs) => pairs.join(';'))
  const list = array(element, { minLength: 1, maxLength: 4 }).map((elements) => elements.join(', '))
  const noise = array(constantFrom(...pieces), { maxLength: 24 }).map((parts) => parts.join(''))
  check(
    property(oneof(list, noise), (text) => {
      const expected = readFromTheFront(text.trim())
      if (expected === undefined) return
      read++
      assert.deepEqual(addressesOf(text), expected.map(addressIn).toReversed())
    }),
    { numRuns: 5000 },
  )
  assert.ok(read > 1000, 'there is enough to compare')
  check(
    property(noise, list, (before, text) => {
      const alone = addressesOf(text)
      const after = addressesOf(`${before}, ${text}`)
      assert.deepEqual(after.slice(0, alone.length), alone, 'whatever a caller sent before it')
    }),
    { numRuns: 5000 },
  )
})

/** Returns the address of a generated node, without brackets and port. */
function addressIn(node: string | undefined): string | undefined {
  const bare = node?.replace(/^\[([^\]]*)\]:9$/, '$1')
  return bare !== undefined && isIP(bare) !== 0 ? bare : undefined
}

test('[C22] a list of the maximum length is parsed within milliseconds', () => {
  const topology = { proxies: ['10.0.0.0/8'] }
  for (const text of [
    ',',
    '"',
    '10.0.0.1,',
    'for=10.0.0.1,',
    ';',
    '[',
    ':',
    '; ',
    '\\"',
    'a="";',
    '"\\',
  ]) {
    const long = text.repeat(65_536 / text.length)
    const from = cpuTime()
    request({ ...topology, header: 'forwarded' }, '10.0.0.1', { forwarded: long })
    request({ ...topology, header: 'x-forwarded-for' }, '10.0.0.1', { 'x-forwarded-for': long })
    assert.ok(cpuTime() - from < 500, text)
  }
})
