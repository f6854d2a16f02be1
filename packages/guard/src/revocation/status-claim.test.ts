import { isCountersignError, type ProvenClaims } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStatusClaim } from './status-claim.ts'

const read = (status: unknown, issuer = 'https://issuer.example/tenant') =>
  parseStatusClaim({ sub: 'ada', exp: 1, status } as unknown as ProvenClaims, issuer)
const at = (uri: unknown, idx: unknown = 3) => ({ status_list: { idx, uri } })

test('an index of a list below the issuer is read', () => {
  const uri = 'https://issuer.example/tenant/status-lists/1'
  assert.deepEqual(read(at(uri)), { uri, index: 3 })
  assert.deepEqual(read(at(uri), 'https://issuer.example/tenant/'), { uri, index: 3 })
  assert.deepEqual(read(at(uri), 'https://issuer.example'), { uri, index: 3 })
  assert.equal(read(undefined), undefined)
})

test('[B13] a list that is not below the issuer is never requested', () => {
  for (const uri of [
    'https://evil.example/tenant/status-lists/1',
    'https://issuer.example.evil.example/tenant/1',
    'https://issuer.example@evil.example/tenant/1',
    'http://issuer.example/tenant/status-lists/1',
    'https://issuer.example/tenant',
    'https://issuer.example/tenant-of-eve/1',
    'https://issuer.example/tenant/../eve/1',
    'https://issuer.example/tenant/%2e%2e/eve/1',
    'https://issuer.example/tenant/..\\eve/1',
    'https://issuer.example/tenant/1?at=http://evil.example',
    'https://issuer.example/tenant/1#x',
    'HTTPS://issuer.example/tenant/1',
    'https://issuer.example:444/tenant/1',
    '/tenant/1',
    '',
    7,
    undefined,
  ])
    assert.throws(
      () => read(at(uri)),
      (error) => isCountersignError(error) && error.code === 'status_unusable',
      String(uri),
    )
})

test('a status of another form is refused, not ignored', () => {
  const uri = 'https://issuer.example/tenant/1'
  for (const status of [
    null,
    'x',
    [],
    {},
    { status_list: null },
    { status_list: [] },
    { status_list: { uri } },
    at(uri, -1),
    at(uri, 0.5),
    at(uri, '3'),
    at(uri, 2 ** 53),
  ])
    assert.throws(() => read(status), { code: 'status_unusable' }, JSON.stringify(status))
})
