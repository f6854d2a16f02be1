import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import { createTestIssuer } from '@countersign/guard/testing'
import type { Guard } from '@countersign/guard'
import {
  blockOf,
  importBlock,
  importBlockBelow,
  serving,
  type App,
} from '@countersign/testing/guides'
import { freePort, get, post } from '@countersign/testing/http'
import { start } from '@countersign/testing/process'
import { python, pythonLacks } from '@countersign/testing/python'

process.env['NODE_ENV'] = 'test' // so that express prints no handled error
const secret = 'HkN0pQ7vXy2LrT9cWb4sZd8fGa1jEm6u'
const now = Math.floor(Date.now() / 1000)
const parties = { iss: 'https://auth.example.com', aud: 'https://api.example.com' }
const good = { ...parties, sub: 'ada', iat: now, exp: now + 600 }

/** Signs any claims, as the old libraries would; a text is signed as it is. */
function signed(claims: object | string, key = secret): string {
  const part = (value: object | string) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const signingInput = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signingInput}.${createHmac('sha256', key).update(signingInput).digest('base64url')}`
}

const twice = (claims: object) => `{"sub":"eve",${JSON.stringify(claims).slice(1)}`

/** The tokens of the guide's table. */
const tokens = {
  good,
  'has expired': { ...good, iat: now - 900, exp: now - 300 },
  'wrong audience': { ...good, aud: 'https://other.example.com' },
  'wrong issuer': { ...good, iss: 'https://other.example.com' },
  'without exp': { ...good, exp: undefined },
  'without aud': { ...good, aud: undefined },
  'a claim twice': twice(good),
  'bound to a key': { ...good, cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } },
} as const

type Statuses = Readonly<Record<keyof typeof tokens | 'missing' | 'wrong signature', number>>
const ours: Statuses = {
  good: 200,
  missing: 401,
  'has expired': 401,
  'wrong signature': 401,
  'wrong audience': 401,
  'wrong issuer': 401,
  'without exp': 401,
  'without aud': 401,
  'a claim twice': 401,
  'bound to a key': 401,
}
const usual = { ...ours, 'without exp': 200, 'a claim twice': 200, 'bound to a key': 200 }

async function notes(app: App | Promise<App>) {
  const served = await serving(await app)
  return { ...served, url: `${served.url}/notes` }
}

const ask = async (url: string, token?: string) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(url, { headers })
  return { status: answer.status, text: await answer.text() }
}

async function statusesAt(url: string): Promise<Statuses> {
  const entries: [string, string | undefined][] = [
    ...Object.entries(tokens).map(([name, claims]): [string, string] => [name, signed(claims)]),
    ['missing', undefined],
    ['wrong signature', signed(good, secret.toUpperCase())],
  ]
  const seen: Record<string, number> = {}
  for (const [name, token] of entries) seen[name] = (await ask(url, token)).status
  return seen as Statuses
}

const pairs: readonly { name: string; block: number; before: Statuses }[] = [
  { name: 'express-jwt', block: 1, before: usual },
  { name: '@fastify/jwt', block: 3, before: { ...usual, 'without aud': 200 } },
  { name: 'hono/jwt', block: 5, before: usual },
]

suite('the programs of the guide behave as its table says', () => {
  for (const { name, block, before } of pairs) {
    test(name, async () => {
      type Make = (secret: string) => App | Promise<App>
      const old = await importBlock<{ before: Make }>('coming-from.md', block)
      const next = await importBlock<{ after: Make }>('coming-from.md', block + 1)
      await using a = await notes(old.before(secret))
      await using b = await notes(next.after(secret))
      const answers = [await ask(a.url, signed(good)), await ask(b.url, signed(good))]
      for (const { text } of answers) assert.deepEqual(JSON.parse(text), { owner: 'ada' })
      assert.deepEqual(await statusesAt(a.url), before)
      assert.deepEqual(await statusesAt(b.url), ours)
      const weak = 'your_secret_key'
      await using c = await notes(old.before(weak))
      assert.equal((await ask(c.url, signed(good, weak))).status, 200)
      await assert.rejects(async () => next.after(weak), { code: 'secret_weak' })
    })
  }

  const skip = pythonLacks('python3-python-flask-jwt-extended', 'python3-flask', 'python3-jwt')
  test(
    'Flask-JWT-Extended: its access tokens are accepted, and its refresh tokens are not',
    { skip },
    async () => {
      const port = await freePort()
      const env = { PORT: String(port), SECRET_KEY: secret }
      const command = [python, '-c', blockOf('coming-from.md', 'python', 1)]
      await using _ = await start(command, { env, ready: /Running on/ })
      const { after } = await importBlock<{ after: (secret: string) => App }>('coming-from.md', 7)
      await using service = await notes(after(secret))
      const flask = `http://127.0.0.1:${port}`
      const { body } = await post(`${flask}/login`, {})
      const [token, refresh] = [String(body['token']), String(body['refresh_token'])]
      for (const url of [`${flask}/notes`, service.url]) {
        const response = await get(url, token)
        assert.equal(response.status, 200)
        assert.deepEqual(response.body, { owner: 'ada' })
        assert.notEqual((await get(url, refresh)).status, 200)
      }
      const own = { ...good, iss: 'https://flask.example.com', type: 'access', jti: 'x' }
      const rows = [
        [{ ...own, exp: undefined }, 200, 401],
        [twice(own), 200, 401],
        [{ ...own, cnf: {} }, 200, 401],
        [{ ...own, aud: undefined }, 422, 401],
        [{ ...own, aud: 'other' }, 422, 401],
        [{ ...own, exp: now - 60 }, 401, 401],
      ] as const
      for (const [claims, theirs, here] of rows) {
        const one = signed(claims)
        assert.equal((await get(`${flask}/notes`, one)).status, theirs, JSON.stringify(claims))
        assert.equal((await get(service.url, one)).status, here, JSON.stringify(claims))
      }
    },
  )
})

test('[18.15] the guards for tokens without sub accept those of the tutorial and of Django simplejwt', async () => {
  type Make = (secret: string) => Guard
  const guards = await importBlockBelow<{ guardForTheTutorial: Make; guardForDjango: Make }>(
    'coming-from.md',
    'Tokens without `sub`',
  )
  const subjectOf = async (guard: Guard, claims: object) => {
    const answer = await guard.checkToken(signed({ exp: now + 300, ...claims }))
    return answer.allowed ? answer.principal.subject : answer.cause?.code
  }
  const tutorial = guards.guardForTheTutorial(secret)
  assert.equal(await subjectOf(tutorial, { user: 'ada' }), 'ada')
  assert.equal(await subjectOf(tutorial, { sub: 'ada' }), 'claim_missing')
  const django = guards.guardForDjango(secret)
  const access = { token_type: 'access', iat: now, jti: '6d1f', user_id: 7 }
  assert.equal(await subjectOf(django, access), '7')
  assert.equal(await subjectOf(django, { ...access, token_type: 'refresh' }), 'claims_invalid')
})

test('during the migration a guard trusts both the old and the new issuer issuer', async () => {
  type Make = (secret: string, issuer: string) => Guard
  const { guardForTheMove } = await importBlock<{ guardForTheMove: Make }>('coming-from.md', 8)
  const issuer = createTestIssuer({ now, audience: parties.aud })
  const platform = globalThis.fetch
  globalThis.fetch = issuer.fetch
  try {
    const guard = guardForTheMove(secret, issuer.url)
    const old = { ...good, iss: 'https://flask.example.com' }
    for (const [token, allowed] of [
      [issuer.token(), true],
      [signed(old), true],
      [signed({ ...old, iss: issuer.url }), false],
      [issuer.badToken('of another key'), false],
    ] as const)
      assert.equal((await guard.checkToken(token)).allowed, allowed)
  } finally {
    globalThis.fetch = platform
  }
})
