import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCheckShares } from './check-shares.ts'
import { clientNetworksOf } from './client-network.ts'
import { createPerNetworkQuota } from './per-network-quota.ts'

/** The addresses of a customer, each in a /64 network of its own. */
const addressesOf = (customer: string, count: number) =>
  Array.from(
    { length: count },
    (_, at) => `2001:db8:1:${customer}${at.toString(16).padStart(2, '0')}::1`,
  )

test('[18.4] the networks of an address are its /64, /56 and /48', () => {
  assert.deepEqual(clientNetworksOf('2001:db8:1:abcd::1'), [
    '2001:db8:1:abcd::/64',
    '2001:db8:1:ab00::/56',
    '2001:db8:1::/48',
  ])
  assert.deepEqual(clientNetworksOf('192.0.2.1'), ['192.0.2.1'])
})

test('[18.4] a customer with a /56 leaves checks of passwords to all others', () => {
  const shares = createCheckShares()
  const took = (addresses: readonly string[], isTrusted = false) =>
    addresses.filter((address) => shares.take(address, isTrusted)).length
  assert.equal(took(addressesOf('ab', 256)), 32)
  assert.equal(took(Array.from({ length: 16 }, (_, at) => `192.0.2.${at}`)), 16)
  assert.equal(took(['192.0.2.99']), 0, 'the rest is for users on networks that are known')
  assert.equal(took(['2001:db8:1:ab07::2'], true), 0, 'but not for those of the customer')
  assert.equal(
    took(
      Array.from({ length: 20 }, (_, at) => `198.51.100.${at}`),
      true,
    ),
    16,
  )
})

test('[18.4] a network has as many checks as it likes while others have few, and gets them back', () => {
  const shares = createCheckShares()
  const given = Array.from({ length: 40 }, () => shares.take('192.0.2.1', false))
  assert.equal(given.filter(Boolean).length, 32)
  given.forEach((giveBack) => giveBack?.())
  assert.ok(shares.take('192.0.2.1', false))
  assert.ok(shares.take(undefined, false))
})

test('[18.4] a customer with a /56 does not hold all connections or feeds either', () => {
  const quota = createPerNetworkQuota(1_000)
  const count = (addresses: readonly string[]) =>
    addresses.flatMap((one) => Array.from({ length: 100 }, () => quota.take(one))).filter(Boolean)
      .length
  assert.equal(count(addressesOf('ab', 20)), 200)
  assert.equal(count(addressesOf('cd', 20)), 200)
  assert.equal(count(addressesOf('ef', 20)), 0, 'nor does the whole site')
  assert.equal(count(['2001:db8:2::1']), 100)
})
