import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import {
  CountersignError,
  createSigner,
  createVerifier,
  importSecret,
  localKeySet,
} from '@countersign/token'
import { createGuard, type GuardEvent, type GuardOptions, type LegacyTokens } from '../index.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'

const secret = '6b1f0c2e9d7a4835b0f1c6d2e3a49587'
const keys = localKeySet([importSecret(secret, 'HS256')])
const day = 86_400 // seconds

/** Signs as PyJWT does. */
function legacyToken(claims: object, { key = secret, alg = 'HS256' } = {}): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const text = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

function guardWith(legacy: Partial<LegacyTokens> = {}, more: Partial<GuardOptions> = {}) {
  const issuer = createTestIssuer()
  const { clock } = issuer
  const dayOf = (at: number) => new Date(at * 1000).toISOString().slice(0, 10)
  const events: GuardEvent[] = []
  const legacyTokens = {
    keys,
    until: dayOf(clock.now() + 2 * day),
    subject: ({ public_id: id }) => id,
    ...legacy,
  } satisfies LegacyTokens
  const { url, audience, fetch } = issuer
  const guard = createGuard({
    issuer: url,
    audience,
    clock,
    fetch,
    legacyTokens,
    onEvent: (event) => void events.push(event),
    ...more,
  } as GuardOptions)
  const claims = { public_id: 'p1', exp: clock.now() + 3600 }
  const verdict = async (token: string, requirements = {}) => {
    const answer = await guard.checkToken(token, requirements)
    return answer.allowed ? answer.principal.subject : (answer.cause?.code ?? answer.problem.code)
  }
  return { issuer, clock, guard, events, claims, verdict, dayOf }
}

suite('a guard with legacyTokens', () => {
  test('[24.40] admits tokens of either kind until the day, and those of before no longer', async () => {
    const { issuer, clock, verdict, events, guard } = guardWith()
    const token = legacyToken({ public_id: 'p1', exp: clock.now() + 9 * day })
    assert.equal(await verdict(token), 'p1')
    assert.equal(await verdict(issuer.token({ sub: 'ada' })), 'ada')
    assert.equal(events.filter(({ kind }) => kind === 'legacy').length, 1)
    clock.advance(2 * day)
    assert.equal(await verdict(token), 'legacy_token_ended')
    assert.equal(await verdict(issuer.token({ sub: 'ada' })), 'ada')
    assert.equal(events.filter(({ kind }) => kind === 'legacy').length, 1)
    const explained = await guard.explain({
      method: 'GET',
      url: '/',
      header: (name: string) => (name === 'authorization' ? `Bearer ${token}` : undefined),
    } as never)
    assert.equal(explained.cause, 'legacy_token_ended')
  })

  test('[24.41] admits no other algorithm and no other secret', async () => {
    const { claims, verdict } = guardWith()
    assert.equal(await verdict(legacyToken(claims, { key: `${secret}x` })), 'signature_wrong')
    for (const alg of ['HS384', 'none', 'ES256'])
      assert.notEqual(await verdict(legacyToken(claims, { alg })), 'p1')
    assert.equal(await verdict(legacyToken({ public_id: 'p1' })), 'claim_missing')
    assert.equal(await verdict(legacyToken({ exp: claims.exp })), 'claim_missing')
  })

  test('[24.42] looks the user up, and a second later again', async () => {
    let found: { sub: string; roles: string[] } | undefined = { sub: 'ada', roles: ['editor'] }
    const asked: string[] = []
    const { clock, claims, verdict } = guardWith({
      async findUser(subject) {
        asked.push(subject)
        return found
      },
    })
    const token = legacyToken({ ...claims, roles: ['admin'] })
    assert.equal(await verdict(token, { roles: ['editor'] }), 'ada')
    assert.equal(
      await verdict(token, { roles: ['admin'] }),
      'role_missing',
      'roles are those of today',
    )
    assert.deepEqual(asked, ['p1'])
    found = undefined
    clock.advance(2)
    assert.equal(await verdict(token), 'legacy_user_unknown')
    assert.deepEqual(asked, ['p1', 'p1'])
  })

  test('answers 503 while the user cannot be looked up, and throws the errors of the application', async () => {
    const answerTo = async (error: Error) => {
      const { guard, claims } = guardWith({
        async findUser() {
          throw error
        },
      })
      return guard.checkToken(legacyToken(claims))
    }
    const answer = await answerTo(new CountersignError('database_unreachable', 'No answer'))
    assert.ok(!answer.allowed)
    const { cause, problem } = answer
    assert.deepEqual([problem.status, cause?.code], [503, 'legacy_user_unavailable'])
    await assert.rejects(answerTo(new Error('a bug')), /a bug/)
  })

  test('takes every token with HS256 for a legacy token, also one of its own verifier', async () => {
    const own = importSecret('7c2f0c2e9d7a4835b0f1c6d2e3a49588', 'HS256')
    const { dayOf, clock } = guardWith()
    const issuer = 'https://auth.example.com'
    const signer = createSigner({ key: own, issuer, lifetime: 300, clock })
    const verifier = createVerifier({
      issuer,
      audience: 'api',
      algorithms: ['HS256'],
      keys: localKeySet([own]),
      clock,
    })
    const token = signer.sign({ sub: 'ada', aud: 'api' })
    assert.ok((await createGuard({ verifier, clock }).checkToken(token)).allowed)
    const legacyTokens = { keys, until: dayOf(clock.now() + day), subject: () => 'ada' }
    const answer = await createGuard({ verifier, clock, legacyTokens }).checkToken(token)
    assert.equal(!answer.allowed && answer.cause?.code, 'token_type_wrong')
  })

  test('needs a day, a year ahead at most', () => {
    const { dayOf, clock } = guardWith()
    for (const until of ['soon', '2027-3-1', '2027-02-31x', dayOf(clock.now() + 400 * day)])
      assert.throws(() => guardWith({ until }), { code: 'policy_invalid' }, until)
    assert.throws(() => guardWith({ until: undefined as never }), { code: 'guard_invalid' })
    assert.throws(() => guardWith({ algorithms: ['HS512'] } as never), { code: 'guard_invalid' })
  })
})
