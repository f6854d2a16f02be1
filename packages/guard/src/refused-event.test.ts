import { createTestIssuer } from './testing/test-issuer.ts'
import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { requestView } from './adapters/fetch.ts'
import {
  createGuard,
  type GuardEvent,
  type GuardSettings,
  type RouteRequirements,
} from './index.ts'

const issuer = createTestIssuer()

/** Lets a guard with these settings refuse a request, and returns what it printed. */
async function refuse(
  t: TestContext,
  token: string | undefined,
  { environment = 'development', requirements, ...settings }: Refused = {},
) {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = environment
  t.after(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  const { mock } = t.mock.method(console, 'warn', () => undefined)
  const { url, audience, clock, fetch } = issuer
  const guard = createGuard({ issuer: url, audience, clock, fetch, ...settings })
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const request = new Request('https://api.example/notes?secret=planted', { headers })
  const answer = await guard.check({ ...requestView(request), id: 'req-1\nforged' }, requirements)
  assert.ok(!answer.allowed)
  return mock.calls.map((call) => String(call.arguments[0]))
}

interface Refused extends Pick<GuardSettings<unknown>, 'onEvent'> {
  readonly environment?: string
  readonly requirements?: RouteRequirements
}

suite('[18.18] a refusal is not silent', () => {
  const rows: readonly (readonly [string, string | undefined, RegExp, RouteRequirements?])[] = [
    [
      'no token',
      undefined,
      /token_missing: expected Authorization: Bearer and a token, found none; likely cause: the client sent nothing/,
    ],
    [
      'another audience',
      issuer.token({ aud: 'https://api.example/' }),
      /audience_wrong: expected https:\/\/api\.example, found https:\/\/api\.example\/; likely cause: one of the two ends in a slash/,
    ],
    [
      'an expired token',
      issuer.badToken('expired'),
      /token_expired: expected after now.*; likely cause: /,
    ],
    [
      'a scope',
      issuer.token({ scope: 'a' }),
      /scope_missing: expected a b c, found .*; missing: b c; likely cause: the client did not request the scope/,
      { scopes: ['a', 'b', 'c'] },
    ],
    [
      'a role',
      issuer.token({ roles: ['a'] }),
      /role_missing: .*; missing: admin; likely cause: /,
      { roles: ['admin'] },
    ],
    [
      'a factor',
      issuer.token({ amr: ['pwd'] }),
      /factor_missing: .*; missing: otp; likely cause: /,
      { factors: ['pwd', 'otp'] },
    ],
  ]
  for (const [name, token, line, requirements] of rows)
    test(`outside production it prints one line: ${name}`, async (t) => {
      const printed = await refuse(t, token, { ...(requirements && { requirements }) })
      assert.equal(printed.length, 1)
      assert.match(String(printed[0]), line)
      assert.match(
        String(printed[0]),
        /^countersign refused a request: [ -~]+ \(status 40[13], id req-1%0Aforged\)$/,
      )
      assert.doesNotMatch(String(printed[0]), /eyJ|planted/)
    })

  test('in production it prints nothing, and nothing beside a listener', async (t) => {
    assert.deepEqual(await refuse(t, 'x', { environment: 'production' }), [])
    assert.deepEqual(await refuse(t, 'x', { onEvent: () => undefined }), [])
  })

  test('a guard of a test issuer prints nothing, because tests refuse on purpose', async (t) => {
    const { mock } = t.mock.method(console, 'warn', () => undefined)
    assert.ok(!(await issuer.guard().checkToken('x')).allowed)
    assert.equal(mock.callCount(), 0)
  })

  test('its event carries what was expected and found, the likely cause and the missing scope', async (t) => {
    const events: GuardEvent[] = []
    const onEvent = (event: GuardEvent) => void events.push({ ...event }) // as a logger does
    const environment = 'production'
    await refuse(t, issuer.token({ aud: 'other' }), { environment, onEvent })
    await refuse(t, issuer.token(), {
      environment,
      onEvent,
      requirements: { scopes: ['notes:read'] },
    })
    const [audience, scope] = events.filter(({ kind }) => kind === 'refused')
    assert.deepEqual(audience, {
      kind: 'refused',
      id: 'req-1\nforged',
      code: 'token_invalid',
      status: 401,
      cause: 'audience_wrong',
      expected: 'https://api.example',
      found: 'other',
      likelyCause: 'a token for another service, sent to this one',
      missing: [],
    })
    assert.ok(scope?.kind === 'refused')
    assert.deepEqual(
      [scope.code, scope.missing, scope.expected],
      ['scope_missing', ['notes:read'], 'notes:read'],
    )
    assert.match(String(scope.likelyCause), /did not request the scope/)
    assert.doesNotMatch(JSON.stringify(events), /eyJ|planted/)
  })
})
