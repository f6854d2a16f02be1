import { createVerifier, generateKey, isCountersignError, localKeySet } from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { expressGuard } from './adapters/express.ts'
import { fastifyGuard } from './adapters/fastify.ts'
import { fetchGuard } from './adapters/fetch.ts'
import { honoGuard } from './adapters/hono.ts'
import { guardConnection, createGuard } from './index.ts'
import { koaGuard } from './adapters/koa.ts'
import { nodeGuard, upgradeGuard } from './adapters/node.ts'
import { createTestIssuer } from './testing/test-issuer.ts'

const [issuer, audience] = ['https://issuer.example', 'api']
const keys = localKeySet([generateKey('ES256')])
const verifier = createVerifier({ issuer, audience, algorithms: ['ES256'], keys })
const partner = { issuer: 'https://partner.example', audience }
const own = { issuer: 'https://own.example', verifier }
const guard = createGuard({ issuer, audience })

/** Things that are created, with options that a program without types may pass. */
const made = {
  'a guard of an issuer': (more: object) => createGuard({ issuer, audience, ...more }),
  'a guard of a verifier': (more: object) => createGuard({ verifier, ...more }),
  'a guard of issuers': (more: object) => createGuard({ issuers: [partner, own], ...more }),
  'one of several issuers': (more: object) =>
    createGuard({ issuers: [own, { ...partner, ...more }] }),
  'an issuer with a verifier': (more: object) =>
    createGuard({ issuers: [partner, { ...own, ...more }] }),
  revocation: (more: object) => createGuard({ issuer, audience, revocation: { ...more } }),
  'a cookie': (more: object) => createGuard({ verifier, cookie: { name: 'c', ...more } }),
  'a resource': (more: object) =>
    createGuard({ verifier, resource: { url: 'https://api.example', ...more } }),
  'a test issuer': (more: object) => createTestIssuer(more),
  'a guard of a test issuer': (more: object) => createTestIssuer().guard(more),
  'route requirements in Hono': (more: object) => honoGuard(guard, more),
  'route requirements in Express': (more: object) => expressGuard(guard, more),
  'route requirements in Fastify': (more: object) => fastifyGuard(guard, more),
  'route requirements in Koa': (more: object) => koaGuard(guard, more),
  'route requirements in node:http': (more: object) => nodeGuard(guard, more, () => undefined),
  'route requirements of an upgrade': (more: object) => upgradeGuard(guard, more, () => undefined),
  'route requirements in fetch': (more: object) => fetchGuard(guard, more, () => new Response()),
  'a guarded connection': (more: object) => bind(more),
}

function bind(more: object) {
  const end = () => undefined
  const token = { claims: { exp: Date.now() / 1000 + 60 } }
  const quiet = { checkToken: guard.checkToken, onRevoked: () => () => undefined }
  guardConnection(quiet, { token } as never, { end, ...more }).release()
}

type Row = readonly [what: keyof typeof made, slip: string, meant: string, code?: string]
const rows: readonly Row[] = [
  ['a guard of an issuer', 'revokation', 'revocation'],
  ['a guard of an issuer', 'maxLifetme', 'maxLifetime'],
  ['a guard of an issuer', 'onevent', 'onEvent'],
  ['a guard of an issuer', 'verifer', 'verifier'],
  ['a guard of a verifier', 'revocations', 'revocation'],
  ['a guard of a verifier', 'cookies', 'cookie'],
  ['a guard of issuers', 'missing_status', 'missingStatus'],
  ['one of several issuers', 'audience_', 'audience'],
  ['one of several issuers', 'revokation', 'revocation'],
  ['an issuer with a verifier', 'revocaton', 'revocation'],
  ['revocation', 'whenStail', 'whenStale'],
  ['revocation', 'maxstale', 'maxStale'],
  ['a cookie', 'origin', 'origins'],
  ['a resource', 'scope', 'scopes'],
  ['a test issuer', 'nou', 'now'],
  ['a guard of a test issuer', 'revokation', 'revocation'],
  ['route requirements in Hono', 'role', 'roles', 'requirements_invalid'],
  ['route requirements in Express', 'scope', 'scopes', 'requirements_invalid'],
  ['route requirements in Fastify', 'maxage', 'maxAge', 'requirements_invalid'],
  ['route requirements in Koa', 'factor', 'factors', 'requirements_invalid'],
  ['route requirements in node:http', 'rolls', 'roles', 'requirements_invalid'],
  ['route requirements in fetch', 'acrs', 'acr', 'requirements_invalid'],
  ['a guarded connection', 'requirement', 'requirements', 'requirements_invalid'],
]

suite('an unknown option is rejected at creation', () => {
  for (const [what, slip, meant, code = 'guard_invalid'] of rows) {
    test(`${what}: ${slip}, and ${meant} is named`, () => {
      assert.doesNotThrow(() => made[what]({}))
      assert.throws(() => made[what]({ [slip]: undefined }), {
        code,
        message: new RegExp(`\\b${slip} is not an option; did you mean (${meant})\\?$`),
      })
    })
  }

  test('so is a misplaced one: the policy for an issuer\u2019s tokens belongs to that issuer', () => {
    const rowsElsewhere = [
      ['a guard of issuers', 'audience'],
      ['a guard of issuers', 'maxLifetime'],
      ['a guard of a verifier', 'audience'],
      ['an issuer with a verifier', 'maxLifetime'],
      ['one of several issuers', 'cookie'],
    ] as const
    for (const [what, name] of rowsElsewhere)
      assert.throws(
        () => made[what]({ [name]: 'x' }),
        (error: unknown) => isCountersignError(error) && error.code === 'guard_invalid',
        `${what}: ${name}`,
      )
  })
})
