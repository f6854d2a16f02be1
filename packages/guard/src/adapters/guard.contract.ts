import { dpopAlgorithms } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { bound, dpopRows, proof } from './dpop-rows.contract.ts'
import { clock, good, rows, verifier, type Row } from './guard-rows.contract.ts'
import {
  createGuard,
  type Guard,
  type GuardOptions,
  type RouteRequirements,
  type Principal,
} from '../index.ts'
import { ask, type Received, type Served } from './serve.fixture.ts'

/** The guard of a route of the contract. */
export type AnyGuard = Guard<Principal | undefined>

/**
 * A real server of one framework, with a guard before a route `/` that accepts every method and answers `{ subject }`, `null` for an
 * anonymous request, and with the metadata document of the resource at its path, if there is one.
 */
export type Protect = (guard: AnyGuard, requirements?: RouteRequirements) => Promise<Served>

/** Asserts what is true of every refusal. */
function assertRefused({ status, headers, body }: Received, row: Row): void {
  const { challenge, answered = {}, code } = row
  assert.equal(status, row.status)
  if (row.body) assert.deepEqual(body, row.body)
  else {
    assert.equal(body['code'], code)
    assert.equal(body['status'], status)
    assert.match(String(body['instance']), /^[\w:.-]+$/)
    assert.equal(headers['content-type'], 'application/problem+json')
  }
  assert.equal(headers['cache-control'], 'no-store')
  if (status >= 500) assert.equal(headers['www-authenticate'], undefined)
  else assert.match(String(headers['www-authenticate']), /^(Bearer|DPoP)/)
  if (challenge !== undefined) assert.equal(headers['www-authenticate'], challenge)
  for (const [name, value] of Object.entries(answered)) assert.equal(headers[name], value)
  assert.ok(!JSON.stringify(body).includes(good), 'the token is never sent back')
}

/** Runs the table against one adapter, over real sockets. */
export function guardContract(adapter: string, protect: Protect): void {
  suite(`the guard contract: ${adapter}`, () => {
    for (const row of [...rows, ...dpopRows]) {
      test(row.name, async () => {
        const { verifier: own = verifier, ...settings } = { verifier, ...row.settings }
        const trusted = 'issuer' in settings || 'issuers' in settings ? {} : { verifier: own }
        const guard = createGuard({ clock, ...settings, ...trusted } as GuardOptions)
        await using server = await protect(row.optional ? guard.optional : guard, row.requirements)
        const received = await ask(server.url, row)
        if (row.code !== undefined) assertRefused(received, row)
        else {
          assert.equal(received.status, 200, JSON.stringify(received.body))
          assert.deepEqual(received.body, { subject: row.subject })
        }
      })
    }

    test('[21.37] a proof is used once, and a nonce leads to the next request', async () => {
      const dpop = { url: 'https://api.example/base' }
      await using server = await protect(createGuard({ verifier, clock, dpop }))
      const send = (header: string) => ask(server.url, { headers: bound(header) })
      assert.equal((await send(proof())).status, 200)
      const replayed = await send(proof())
      assert.deepEqual([replayed.status, replayed.body['code']], [401, 'proof_invalid'])
      assert.equal((await send(proof({ jti: 'two' }))).status, 200)

      const nonceSecret = 'a secret of 32 characters, or more'
      const strict = createGuard({ verifier, clock, dpop: { ...dpop, nonceSecret } })
      await using other = await protect(strict)
      const asked = await ask(other.url, { headers: bound() })
      const nonce = asked.headers['dpop-nonce']
      const { status } = await ask(other.url, { headers: bound(proof({ nonce })) })
      assert.equal(status, 200)
    })

    test('[OA.122] the metadata of the resource (RFC 9728) is served to any page', async () => {
      const resource = { url: 'https://api.example/notes', scopes: ['notes:read'], name: 'Notes' }
      const guard = createGuard({ issuer: 'https://issuer.example/', audience: 'api', resource })
      await using server = await protect(guard)
      const path = '/.well-known/oauth-protected-resource/notes'
      const { status, headers, body } = await ask(server.url, { path })
      assert.equal(status, 200)
      assert.match(String(headers['content-type']), /^application\/json/)
      assert.equal(headers['access-control-allow-origin'], '*')
      assert.deepEqual(body, {
        resource: 'https://api.example/notes',
        authorization_servers: ['https://issuer.example/'],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: [...dpopAlgorithms],
        scopes_supported: ['notes:read'],
        resource_name: 'Notes',
      })
    })

    test('misspelt requirements fail when the route is created, and leave nothing open', async () => {
      const guard = createGuard({ verifier })
      for (const requirements of [
        { scope: ['a'] },
        { scopes: 'a' },
        { maxAge: '5' },
        { roles: [7] },
      ])
        await assert.rejects(async () => protect(guard, requirements as never), {
          code: 'requirements_invalid',
        })
    })
  })
}
