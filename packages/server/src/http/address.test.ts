import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressOf } from './address.ts'

test('an address is what the socket says, and that of a declared proxy is nobody\u2019s', () => {
  const addressOf = createAddressOf(['10.0.0.0/8', '192.0.2.9', '2001:db8::/32', '::1'])
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
  for (const [address, expected] of rows)
    assert.equal(addressOf({ address }), expected, String(address))
  assert.equal(createAddressOf([])({ address: '10.1.2.3' }), '10.1.2.3')
})
