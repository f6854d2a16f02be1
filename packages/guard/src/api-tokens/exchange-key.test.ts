import { createApiTokenSigner } from '@countersign/token/internal'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createExchange } from './exchange.ts'

suite('the key of API tokens', () => {
  const issuer = 'https://issuer.example'
  const before = createApiTokenSigner(Buffer.alloc(32, 'before'))
  const after = createApiTokenSigner(Buffer.alloc(32, 'after'))
  const secret = Buffer.alloc(32, 'secret').toString('base64url')

  function setUp() {
    const clock = fixedClock(1_000)
    const seen = { metadata: 0, key: before.publicKey, isDown: false, answers: 0 }
    const exchange = createExchange({
      issuer,
      audience: 'api',
      clock,
      async fetch(input) {
        await setImmediate()
        if (!String(input).includes('.well-known')) {
          seen.answers++
          return Response.json({
            access_token: 'a.b.c',
            issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
            token_type: 'Bearer',
          })
        }
        seen.metadata++
        if (seen.isDown) throw new TypeError('fetch failed')
        return Response.json({
          issuer,
          token_endpoint: `${issuer}/oauth/token`,
          countersign_api_token_key: seen.key,
        })
      },
    })
    return { ...exchange, clock, seen }
  }
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await setImmediate()
  }

  test('is requested again when a token that it does not verify is good, as after key reset; at most once in 30 seconds', async () => {
    const { exchange, isGenuine, clock, seen } = setUp()
    const [old, fresh] = [before.write(secret), after.write(secret)]
    await exchange(old)
    assert.deepEqual([isGenuine(old), isGenuine(fresh)], [true, false])
    seen.key = after.publicKey
    await exchange(old)
    await settle()
    assert.equal(seen.metadata, 1, 'one that it verifies says nothing about the key')

    clock.advance(30)
    await exchange(fresh)
    await settle()
    assert.deepEqual([seen.metadata, isGenuine(old), isGenuine(fresh)], [2, false, true])
    for (let n = 0; n < 5; n++) await exchange(old)
    await settle()
    assert.equal(seen.metadata, 2, 'tokens from before the reset stay good, and cause no flood')
    clock.advance(30)
    await exchange(old)
    await settle()
    assert.equal(seen.metadata, 3)
  })

  test('stays, and tokens are exchanged, while the metadata cannot be requested again', async () => {
    const { exchange, isGenuine, clock, seen } = setUp()
    const [old, fresh] = [before.write(secret), after.write(secret)]
    await exchange(old)
    seen.isDown = true
    clock.advance(30)
    assert.equal((await exchange(fresh)).kind, 'exchanged')
    await settle()
    assert.ok(seen.metadata > 1)
    assert.equal((await exchange(fresh)).kind, 'exchanged')
    assert.equal(isGenuine(old), true)
  })

  test('is requested once for all the tokens that a guard meets at its start', async () => {
    const { exchange, seen } = setUp()
    await Promise.all(Array.from({ length: 100 }, () => exchange(before.write(secret))))
    assert.deepEqual([seen.metadata, seen.answers], [1, 100])
  })
})
