import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fixedClock } from '@countersign/token/testing'
import { requestView } from '../adapters/fetch.ts'
import { createGuard } from '../index.ts'
import { startRemoteIssuer } from '../testing/remote-issuer.fixture.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'
import { createExchange } from './exchange.ts'

suite('an API token', () => {
  test('is sent to an https issuer, or one on loopback, and to one of several issuers only', () => {
    const audience = 'api'
    const plain = { issuer: 'http://auth.internal', allowInsecureHttp: 'http://auth.internal' }
    const one = { issuer: 'https://one.example', audience, apiTokens: true }
    const other = { issuer: 'https://other.example', audience, apiTokens: true }
    assert.throws(
      () => createGuard({ ...plain, audience, apiTokens: true }),
      /apiTokens needs an issuer at https/,
    )
    assert.throws(
      () => createGuard({ issuers: [one, other] }),
      /one issuer at most may have apiTokens/,
    )
    assert.doesNotThrow(() => createGuard({ issuers: [one, { ...other, apiTokens: false }] }))
  })

  test('[20.21] is exchanged over real sockets, and never at an endpoint over plain http elsewhere', async () => {
    await using remote = await startRemoteIssuer()
    const { issuer } = remote
    const options = {
      issuer: issuer.url,
      audience: issuer.audience,
      clock: issuer.clock,
      apiTokens: true,
      onEvent: () => undefined,
    }
    const token = issuer.apiToken({ sub: 'robot' })
    using guard = createGuard({ ...options, revocation: 'poll' })
    const headers = { authorization: `Bearer ${token}` }
    const answer = await guard.check(requestView(new Request('https://api.example/', { headers })))
    assert.equal(answer.allowed && answer.principal.subject, 'robot')

    const sent: string[] = []
    const misled: typeof fetch = (input, init) => {
      sent.push(String(input))
      return String(input).includes('.well-known')
        ? Promise.resolve(
            Response.json({
              issuer: issuer.url,
              jwks_uri: `${issuer.url}/jwks`,
              token_endpoint: 'http://evil.example/',
            }),
          )
        : fetch(input, init)
    }
    const refused = await createGuard({ ...options, fetch: misled }).checkToken(token)
    assert.equal(refused.allowed ? '' : refused.problem.code, 'exchange_unavailable')
    assert.ok(!sent.some((url) => url.includes('evil')))
  })

  test('is explained: mistyped, refused, not exchanged, exchanged, and not accepted at all', async () => {
    const issuer = createTestIssuer()
    const { url, audience, clock, fetch } = issuer
    const options = { issuer: url, audience, clock, fetch, onEvent: () => undefined }
    const guard = createGuard({ ...options, apiTokens: true })
    const explain = async (token: string, by = guard) => {
      const headers = { authorization: `Bearer ${token}` }
      const explained = await by.explain(
        requestView(new Request('https://api.example', { headers })),
      )
      assert.ok(!JSON.stringify(explained).includes(token.slice(4)), 'and never holds it')
      const check = explained.checks.find(({ name }) => name === 'API token')
      return [explained.allowed, explained.cause, check?.verdict, explained.likelyCause]
    }
    const token = issuer.apiToken({ sub: 'robot' })
    const late = issuer.apiToken()
    const refused =
      'it was revoked, has expired, or is for another audience than that of this guard'
    assert.deepEqual(await explain(token), [true, undefined, 'passed', undefined])
    assert.deepEqual(await explain(token.slice(0, -1)), [
      false,
      'api_token_malformed',
      'failed',
      'it was mistyped, or a part of it is missing',
    ])
    await issuer.revoke(late)
    assert.deepEqual(await explain(late), [false, 'api_token_refused', 'failed', refused])
    issuer.network = 'down'
    clock.advance(31)
    assert.deepEqual(await explain(late), [false, 'exchange_unavailable', 'failed', 'fetch failed'])
    issuer.network = 'up'
    const [, cause, verdict, likely] = await explain(token, createGuard(options))
    assert.deepEqual([cause, verdict], ['token_malformed', 'failed'])
    assert.match(String(likely), /this guard accepts none: see apiTokens/)
  })
})

suite('the answer of a token endpoint', () => {
  const issuer = 'https://issuer.example'
  const exchangeWith = (answer: () => Response) => {
    const forms: Record<string, string>[] = []
    const { exchange } = createExchange({
      issuer,
      audience: 'api',
      clock: fixedClock(1),
      async fetch(input, init) {
        if (String(input).includes('.well-known'))
          return Response.json({ issuer, token_endpoint: `${issuer}/oauth/token` })
        const request = new Request(input, init)
        assert.match(
          request.headers.get('content-type') ?? '',
          /^application\/x-www-form-urlencoded/,
        )
        assert.equal(request.headers.get('authorization'), null)
        forms.push(Object.fromEntries(new URLSearchParams(await request.text())))
        return answer()
      },
    })
    return { exchange, forms }
  }
  const good = {
    access_token: 'a.b.c',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 60,
  }

  test('to the form of RFC 8693, without client authentication', async () => {
    const { exchange, forms } = exchangeWith(() => Response.json(good))
    assert.deepEqual(await exchange('csk_x'), { kind: 'exchanged', accessToken: 'a.b.c' })
    assert.deepEqual(forms, [
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: 'csk_x',
        subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
        audience: 'api',
      },
    ])
  })

  const refusal = (error: string, status = 400) => Response.json({ error }, { status })
  const limited = (after: string) =>
    new Response('', { status: 429, headers: { 'retry-after': after } })
  const cases: readonly (readonly [
    name: string,
    answer: () => Response,
    kind: string,
    retryAfter?: number,
  ])[] = [
    ['invalid_grant', () => refusal('invalid_grant'), 'refused'],
    ['invalid_target', () => refusal('invalid_target'), 'refused'],
    ['invalid_scope', () => refusal('invalid_scope'), 'refused'],
    ['invalid_request', () => refusal('invalid_request'), 'refused'],
    ['another error', () => refusal('unsupported_grant_type'), 'failed'],
    ['an error with another status', () => refusal('invalid_grant', 500), 'failed'],
    ['a limit', () => limited('7'), 'limited', 7],
    ['a limit for a day', () => limited('86400'), 'limited', 60],
    ['a limit without an end', () => limited('soon'), 'limited', 5],
    ['no JSON', () => new Response('<p>'), 'failed'],
    ['a member twice', () => new Response('{"access_token":"x","access_token":"y"}'), 'failed'],
    ['more than 64 kB', () => Response.json({ ...good, more: 'x'.repeat(70_000) }), 'failed'],
    ['another token type', () => Response.json({ ...good, token_type: 'DPoP' }), 'failed'],
    ['another issued type', () => Response.json({ ...good, issued_token_type: 'urn:x' }), 'failed'],
    ['no access token', () => Response.json({ ...good, access_token: 7 }), 'failed'],
    ['a failure', () => new Response('', { status: 503 }), 'failed'],
    [
      'no answer',
      () => {
        throw new TypeError('fetch failed')
      },
      'failed',
    ],
  ]
  for (const [name, answer, kind, retryAfter] of cases)
    test(`${name}: ${kind}`, async () => {
      const outcome = await exchangeWith(answer).exchange('csk_x')
      assert.equal(outcome.kind, kind)
      assert.equal('retryAfter' in outcome ? outcome.retryAfter : undefined, retryAfter)
    })
})
