import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddresses, type Topology } from './address.ts'

const ask = (
  topology: Topology,
  address: string | undefined,
  headers: Readonly<Record<string, string>> = {},
) => createAddresses(topology).of({ address }, (name) => headers[name] ?? null)

test('an address is what the socket says, and that of a declared proxy is nobody\u2019s', () => {
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
    assert.equal(ask(topology, address), expected, String(address))
  assert.equal(ask({ proxies: [], header: 'none' }, '10.1.2.3'), '10.1.2.3')
})

test('[G52] what a proxy says is believed as far as those who wrote it are declared, and no further', () => {
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
    const found = ask({ ...topology, header: 'x-forwarded-for' }, peer, headers)
    assert.equal(found, expected, `${peer}, ${text}`)
    assert.equal(ask({ ...topology, header: 'none' }, '10.0.0.1', headers), undefined)
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
    ['for=1.1.1.1;for=2.2.2.2', undefined],
    ['for=_hidden', undefined],
    ['for=unknown', undefined],
    ['proto=https', undefined],
    ['1.1.1.1', undefined],
  ]
  for (const [text, expected] of rows)
    assert.equal(ask(topology, '10.0.0.1', { forwarded: text }), expected, text)
  const headers = { 'x-forwarded-for': '1.1.1.1' }
  assert.equal(ask(topology, '10.0.0.1', headers), undefined, 'the other header is not read')
})

test('[C22] a list as long as may be sent is read in no time', () => {
  const topology = { proxies: ['10.0.0.0/8'] }
  for (const text of [',', '"', '10.0.0.1,', 'for=10.0.0.1,', ';', '[', ':']) {
    const long = text.repeat(65_536 / text.length)
    const from = performance.now()
    ask({ ...topology, header: 'forwarded' }, '10.0.0.1', { forwarded: long })
    ask({ ...topology, header: 'x-forwarded-for' }, '10.0.0.1', { 'x-forwarded-for': long })
    assert.ok(performance.now() - from < 500, text)
  }
})
