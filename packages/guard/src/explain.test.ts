import { createVerifier, localKeySet } from '@countersign/token'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { contents } from './testing/broken-claims.fixture.ts'
import {
  audience,
  clients,
  good,
  issuer,
  issuers,
  key,
  now,
  secrets,
  sharedKey,
  textSecret,
  type Mistake,
} from './testing/broken-tokens.fixture.ts'
import type { RequestView } from './extract-token.ts'
import { createGuard, type Guard, type GuardOptions } from './index.ts'
import { createTestIssuer } from './testing/test-issuer.ts'

const clock = fixedClock(now)
const mistakes = [...clients, ...issuers, ...contents]
const policyOf = (one: typeof key) => ({
  issuer,
  audience,
  algorithms: [one.algorithm],
  keys: localKeySet([one]),
  clock,
})
const guardOf = (more: Partial<GuardOptions> = {}, one = key) =>
  createGuard({ verifier: createVerifier(policyOf(one)), clock, ...more } as GuardOptions)

function requestOf(sent: Mistake['sent'], method = 'GET'): RequestView {
  const headers: Readonly<Record<string, string>> =
    typeof sent === 'string' ? { authorization: `Bearer ${sent}` } : sent
  return { method, url: headers['url'] ?? '/', header: (name) => headers[name] }
}

const explained = async (guard: Guard, sent: Mistake['sent'], method?: string) =>
  (await guard.explain(requestOf(sent, method))).likelyCause ?? 'none'

test('of more than 100 broken tokens, the first named cause is the true one in 95 % or more', async (t) => {
  const wrong: string[] = []
  const [own, shared] = [guardOf(), guardOf({}, sharedKey)]
  for (const [guard, list] of [
    [own, mistakes],
    [shared, secrets],
  ] as const) {
    for (const { name, sent, cause } of list) {
      const named = await explained(guard, sent)
      if (!cause.test(named)) wrong.push(`${name}: ${named}`)
    }
  }
  const all = mistakes.length + secrets.length
  const right = (all - wrong.length) / all
  t.diagnostic(`${all - wrong.length} of ${all} causes named right (${(right * 100).toFixed(1)} %)`)
  wrong.forEach((one) => t.diagnostic(`wrong: ${one}`))
  assert.ok(all >= 100)
  assert.ok(right >= 0.95, wrong.join('\n'))
})

test('[18.25] every refusal has exactly one check that failed, and it is the last one reached', async () => {
  for (const { name, sent } of mistakes) {
    const { checks, allowed } = await guardOf().explain(requestOf(sent))
    const reached = checks.filter(({ verdict }) => verdict !== 'not reached')
    const failed = checks.filter(({ verdict }) => verdict === 'failed')
    assert.equal(failed.length, allowed ? 0 : 1, name)
    if (!allowed) assert.equal(reached.at(-1), failed[0], name)
  }
})

test('no explanation holds a token, a signature or a secret, and each fits in the lines of a log', async () => {
  for (const { sent, name } of [...mistakes, ...secrets]) {
    const explanation = JSON.stringify(await guardOf({}, sharedKey).explain(requestOf(sent)))
    for (const hidden of [good, good.slice(-40), textSecret, 'csrt_3nYk'])
      assert.ok(!explanation.includes(hidden), `${name}: ${explanation}`)
    assert.match(explanation, /^[\x20-\x7e]*$/, name)
  }
})

test('a good request is explained too: every check, what was expected and what was found', async () => {
  const explanation = await guardOf().explain(requestOf(good))
  assert.equal(explanation.allowed, true)
  assert.ok(explanation.checks.every(({ verdict }) => verdict === 'passed'))
  assert.equal(explanation.checks[0]?.name, 'credentials')
})

suite('a refusal is explained', () => {
  test('by the requirements of the route', async () => {
    const guard = guardOf()
    const rows = [
      [{ scopes: ['notes:read'] }, 'scopes', /did not request the scope/],
      [{ roles: ['admin'] }, 'roles', /does not have the role/],
      [{ factors: ['otp'] }, 'factors (amr)', /weaker method/],
      [{ acr: ['gold'] }, 'assurance (acr)', /weaker method/],
      [{ maxAge: 60 }, 'sign-in (auth_time)', /too long ago/],
    ] as const
    for (const [requirements, name, cause] of rows) {
      const { checks, likelyCause } = await guard.explain(requestOf(good), requirements)
      assert.equal(checks.find(({ verdict }) => verdict === 'failed')?.name, name)
      assert.match(String(likelyCause), cause)
    }
  })

  test('by a revocation, which a change of the user or of scopes causes too', async () => {
    const own = createTestIssuer()
    using guard = own.guard({ revocation: 'feed' })
    const token = own.token()
    await own.revoke(token)
    const { likelyCause } = await guard.explain(requestOf(token))
    assert.match(
      String(likelyCause),
      /signed out or was disabled.*ended.*roles, scopes or the e-mail address changed/,
    )
  })

  test('by an API token that was sent without Bearer', async () => {
    const authorization = `csk_${'x'.repeat(60)}`
    assert.match(await explained(guardOf(), { authorization }), /without the word Bearer/)
  })

  test('by the cookie and where the request came from', async () => {
    const guard = guardOf({ cookie: { name: '__Host-token' } })
    const cookie = `__Host-token=${good}`
    assert.match(await explained(guard, { cookie }, 'POST'), /another site sent the request/)
    assert.match(await explained(guard, { cookie: `${cookie}; ${cookie}` }), /two cookies/)
    assert.match(await explained(guard, { cookie: `token=${good}` }), /cookie of another name/)
  })

  test('[C22] by headers full of token prefixes, as fast as by others', async () => {
    const guard = guardOf({ cookie: { name: '__Host-token' } })
    const cpuTime = () => process.cpuUsage().user / 1000 // milliseconds; a clock would also count other programs
    const timed = async (text: string) => {
      const from = cpuTime()
      for (const name of ['authorization', 'cookie', 'x-access-token'])
        await explained(guard, { [name]: text })
      return cpuTime() - from
    }
    const least = async (text: string) =>
      Math.min(await timed(text), await timed(text), await timed(text))
    const [plain, hostile] = [await least('abc'.repeat(5000)), await least('eyJ'.repeat(5000))]
    assert.ok(hostile < 20 * plain + 20, `${hostile} ms, and ${plain} ms for another text`)
  })

  test('by the schema, and by the issuer that was meant', async () => {
    const claims = z.object({ tenant: z.string() })
    const { likelyCause, cause } = await createGuard({
      verifier: createVerifier(policyOf(key)),
      claims,
    }).explain(requestOf(good))
    assert.equal(cause, 'claims_invalid')
    assert.match(String(likelyCause), /does not write these claims/)
    const several = createGuard({
      issuers: [policyOf(key), { ...policyOf(key), issuer: 'https://other.example' }].map(
        (one) => ({ ...one, issuer: `${one.issuer}/` }),
      ),
    })
    assert.match(await explained(several, good), /slash/)
    assert.match(await explained(several, 'x.y.z'), /changed or cut off/)
  })

  test('by a key that was retired a while ago, and by an issuer that does not answer', async () => {
    const far = createTestIssuer()
    const guard = far.guard()
    const old = far.token()
    await guard.ready()
    far.clock.advance(60)
    far.rotate()
    await guard.checkToken(far.token())
    far.clock.advance(40)
    assert.match(await explained(guard, old), /removed this key from its key set 40 s ago/)
    far.network = 'failing'
    assert.match(await explained(far.guard(), old), /does not answer.*status 500/)
    far.network = 'up'
    const slash = createGuard({
      issuer: `${far.url}/`,
      audience,
      clock: far.clock,
      fetch: far.fetch,
    })
    assert.match(await explained(slash, old), /slash/)
  })

  test('afterwards, by its id; the oldest explanations are dropped, and none is kept in production', async () => {
    const guard = guardOf({ maxExplanations: 2 })
    const ids: string[] = []
    for (const sent of ['x', 'undefined', good.slice(0, -20)]) {
      const answer = await guard.check(requestOf(sent))
      assert.ok(!answer.allowed)
      ids.push(answer.id)
      assert.equal(answer.problem.instance, `urn:uuid:${answer.id}`)
    }
    assert.equal(guard.findExplanation(ids[0]!), undefined)
    assert.match(String(guard.findExplanation(ids[1]!)?.likelyCause), /held no token/)
    assert.match(String(guard.findExplanation(ids[2]!)?.likelyCause), /cut off/)
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    const production = guardOf()
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
    const answer = await production.check({ ...requestOf('x'), id: 'req-1' })
    assert.ok(!answer.allowed)
    assert.equal(production.findExplanation('req-1'), undefined)
  })
})
