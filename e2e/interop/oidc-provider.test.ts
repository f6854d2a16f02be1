import { createGuard } from '@countersign/guard'
import { nodeGuard } from '@countersign/guard/node'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Provider, type Configuration, type JWK } from 'oidc-provider'
import { generateKeyPairSync } from 'node:crypto'
import { get } from '@countersign/testing/http'
import { tampered } from '@countersign/testing/tokens'

const audience = 'https://api.example'
const client = { client_id: 'robot', client_secret: 'a-secret-of-this-test-and-of-nothing-else' }

const newJwk = (kid: string) =>
  ({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    alg: 'ES256',
    use: 'sig',
    kid,
  }) as JWK

const configuration = (keys: JWK[]): Configuration => ({
  jwks: { keys },
  clients: [
    {
      ...client,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  ttl: { ClientCredentials: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        scope: 'notes:read notes:write',
        accessTokenFormat: resource.includes('opaque') ? 'opaque' : 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})

async function listening(server: Server) {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Starts oidc-provider on a free port; its keys can be replaced while it runs. */
async function startIssuer() {
  let handle: ReturnType<Provider['callback']> = async () => undefined
  const server = await listening(
    createServer((request, response) => void handle(request, response)),
  )
  const useKeys = (...keys: JWK[]) => {
    handle = new Provider(server.url, configuration(keys)).callback()
  }
  async function token(form: Readonly<Record<string, string>> = {}): Promise<string> {
    const body = new URLSearchParams({
      ...client,
      grant_type: 'client_credentials',
      resource: audience,
      ...form,
    })
    const answer = await fetch(`${server.url}/token`, { method: 'POST', body })
    const tokens = (await answer.json()) as Readonly<Record<string, string>>
    assert.equal(answer.status, 200, JSON.stringify(tokens))
    return tokens['access_token'] ?? ''
  }
  return { ...server, useKeys, token }
}

test('a guard trusts oidc-provider by its URL alone: it accepts its access tokens, and nothing else', async () => {
  await using issuer = await startIssuer()
  const [first, second] = [newJwk('first'), newJwk('second')]
  issuer.useKeys(first)
  let now = Math.floor(Date.now() / 1000)
  const guard = createGuard({ issuer: issuer.url, audience, clock: { now: () => now } })
  const route = nodeGuard(guard, { scopes: ['notes:read'] }, (_, response, { subject, claims }) => {
    response.end(JSON.stringify({ subject, client: claims['client_id'] }))
  })
  await using api = await listening(
    createServer((request, response) => void route(request, response)),
  )
  const call = (token: string) => get(api.url, token)

  const good = await issuer.token({ scope: 'notes:read' })
  const { status, body } = await call(good)
  assert.equal(status, 200, JSON.stringify(await guard.explain(bearing(good))))
  assert.deepEqual(body, { subject: 'robot', client: 'robot' })

  assert.equal((await call(await issuer.token({ scope: 'notes:write' }))).status, 403)
  assert.equal((await call(tampered(good))).status, 401)
  for (const [resource, cause] of [
    ['https://other.example', 'audience_wrong'],
    ['https://opaque.example', 'token_malformed'],
  ] as const) {
    const token = await issuer.token({ resource, scope: 'notes:read' })
    assert.equal((await call(token)).status, 401)
    assert.equal((await guard.explain(bearing(token))).cause, cause)
  }

  issuer.useKeys(second, first) // oidc-provider signs with the first key of the right algorithm
  now += 30 // the cooldown between two requests for keys
  assert.equal((await call(await issuer.token({ scope: 'notes:read' }))).status, 200)
  assert.equal((await call(good)).status, 200)
  const requests = guard.health().issuers.map((one) => one.requests)
  assert.deepEqual(requests, [2])
})

const bearing = (token: string) => ({
  method: 'GET',
  url: '/',
  header: (name: string) => (name === 'authorization' ? `Bearer ${token}` : undefined),
})
