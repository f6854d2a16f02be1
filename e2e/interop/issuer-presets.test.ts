import type { Guard } from '@countersign/guard'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { importBlockBelow } from '@countersign/testing/guides'
import { shapes } from './issuer-shapes.fixture.ts'
import { sign, withIssuer, type Claims } from './issuers.fixture.ts'

const guide = 'bring-your-own-issuer.md'

suite('[18.16] the lines of the guide accept tokens of the form of', () => {
  for (const { heading, typ, claims, has, lacks = [], refused, ...documents } of shapes)
    test(heading, () =>
      withIssuer(
        String(claims['iss']),
        async () => {
          const at = heading === 'Auth0' ? 2 : 1 // its own profile, which is its default
          const { guard } = await importBlockBelow<{ guard: Guard }>(guide, heading, at)
          await guard.ready()
          const tokenWith = (change: Claims) =>
            sign({ header: { typ }, claims: { ...claims, ...change } }, documents.key)
          const token = await tokenWith({})
          const answer = await guard.checkToken(token, has)
          assert.ok(
            answer.allowed,
            answer.allowed ? '' : `${answer.problem.code} ${answer.cause?.code}`,
          )
          assert.equal(answer.principal.subject, claims['sub'])
          for (const requirements of lacks) {
            const denied = await guard.checkToken(token, requirements)
            assert.match(denied.allowed ? '' : denied.problem.code, /^(scope|role)_missing$/)
          }
          for (const [change, code] of refused) {
            const denied = await guard.checkToken(await tokenWith(change))
            assert.equal(denied.allowed ? 'allowed' : denied.cause?.code, code)
          }
        },
        documents,
      ),
    )
})

test('[18.16] a service token of Cloudflare Access has the name of its client as subject', () => {
  const shape = shapes.find(({ heading }) => heading === 'Cloudflare Access')
  assert.ok(shape)
  return withIssuer(
    String(shape.claims['iss']),
    async () => {
      const { check } = await importBlockBelow<{
        check(request: Request): ReturnType<Guard['check']>
      }>(guide, shape.heading)
      const claims = { ...shape.claims, sub: '', common_name: 'e367826f.access', email: undefined }
      const headers = { 'cf-access-jwt-assertion': await sign({ claims }) }
      const answer = await check(new Request('https://app.example.com/', { headers }))
      assert.equal(answer.allowed && answer.principal.subject, 'service:e367826f.access')
      assert.ok(!(await check(new Request('https://app.example.com/'))).allowed)
    },
    shape,
  )
})
