import { createSigner, generateKey, toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { createServer } from './compose.ts'
import { loadConfig } from './config/load.ts'
import { testHasher } from './platform/crypto/test-hasher.ts'
import { createMeter } from './platform/observability/metrics.ts'
import { request, signIn } from './http/api/api.fixture.ts'
import { assertionType, post } from './http/api/oauth/oauth.fixture.ts'
import { openBrowser } from './http/pages/test-browser.fixture.ts'

const [grant, audience] = [{ grant_type: 'client_credentials' }, 'https://notes.example']
const exchange = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
}

test('[20.38] secrets of service accounts, API tokens, assertions and access tokens, right or wrong, appear in no log, metric, audit event, error, list or stored row', async () => {
  using folder = scratch()
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/auth.db` }
  const config = loadConfig({ mode: 'development', env })
  const lines: string[] = []
  const write = (...said: readonly unknown[]) =>
    void lines.push(
      JSON.stringify(said, (_, value: unknown) =>
        value instanceof Error ? { ...value, text: value.stack, cause: value.cause } : value,
      ),
    )
  const metrics = await createMeter()
  const log = { info: write, warn: write, error: write }
  await using server = await createServer(config, { log, metrics, hasher: testHasher })
  const token = await signIn(server)
  const call = async (line: string, body?: object) =>
    (await request(server, line, { token, ...(body && { body }) })).body
  const key = generateKey('ES256')
  const planted = new Set([JSON.stringify(key.privateKey.export({ format: 'jwk' }).d).slice(1, -1)])
  const answers: string[] = []
  const plant = (one: unknown) => {
    planted.add(String(one))
    return String(one)
  }
  /** Posts a form, keeps what it answers besides an access token, and plants that. */
  const send = async (path: string, form: Readonly<Record<string, string>>, basic?: string) => {
    const headers = basic === undefined ? {} : { authorization: `Basic ${plant(btoa(basic))}` }
    const { status, body } = await post(server, path, form, headers)
    const { access_token, ...others } = body
    answers.push(JSON.stringify(others))
    return { status, accessToken: access_token === undefined ? '' : plant(access_token) }
  }

  await call('POST /admin/resources', { audience, scopes: ['read'] })
  const said = { scopes: ['read'], resources: [audience] }
  const made = await call('POST /admin/clients', { name: 'reporter', ...said })
  const id = String(made['id'])
  const first = plant(made['client_secret'])
  const line = `POST /admin/clients/${id}/secrets`
  const second = plant((await call(line, {}))['client_secret'])
  const jwk = key.privateKey.export({ format: 'jwk' })
  answers.push(
    JSON.stringify(
      await call('POST /admin/clients', {
        name: 'private',
        ...said,
        jwks: { keys: [{ ...jwk, alg: 'ES256' }] },
      }),
    ),
  )
  const signing = await call('POST /admin/clients', {
    name: 'signing',
    ...said,
    jwks: toJwks([key]),
  })
  const gone = 'http://127.0.0.1:9'
  const trust = { issuer: gone, subject: 's', audience: 'a', reusable: false }
  await call('POST /admin/clients', { name: 'workload', ...said, trust })
  const sign = (issuer: string, claims: { readonly sub: string; readonly aud: string }) =>
    plant(createSigner({ key, issuer, lifetime: 60, type: 'JWT' }).sign(claims))
  const own = sign(String(signing['id']), { sub: String(signing['id']), aud: 'http://localhost:5000' }) // prettier-ignore
  const assertion = { ...grant, client_assertion_type: assertionType }
  const apiToken = plant(
    (await call('POST /me/tokens', { name: 'x', scopes: ['read'], resource: audience }))['token'],
  )
  const wrong = plant(`${second.slice(0, -7)}AAAAAAA`)

  const statuses: number[] = []
  const asked = async (...form: Parameters<typeof send>) => {
    const sent = await send(...form)
    statuses.push(sent.status)
    return sent.accessToken
  }
  const accessToken = await asked('/oauth/token', { ...grant, client_id: id, client_secret: first })
  await asked('/oauth/token', grant, `${id}:${second}`)
  await asked('/oauth/token', { ...grant, client_id: id, client_secret: wrong })
  await asked('/oauth/token', { ...assertion, client_assertion: own })
  await asked('/oauth/token', { ...assertion, client_assertion: own })
  await asked('/oauth/token', {
    ...assertion,
    client_assertion: sign(gone, { sub: 's', aud: 'a' }),
  })
  await asked('/oauth/token', { ...exchange, subject_token: apiToken })
  await asked('/oauth/token', { ...exchange, subject_token: apiToken, scope: 'other' })
  await asked('/oauth/token', { ...exchange, subject_token: plant(`${apiToken.slice(0, -1)}_`) })
  for (const one of [accessToken, apiToken, plant(`${accessToken}x`)])
    for (const path of ['/oauth/introspect', '/oauth/revoke'])
      await asked(path, { client_id: id, client_secret: second, token: one })
  const expected = '200 200 401 200 401 503 200 400 400 200 200 200 200 200 200'
  assert.equal(statuses.join(' '), expected)

  const admin = openBrowser(server)
  await admin.signIn()
  const pages = await Promise.all(
    ['/console/clients', '/console/audit-log', '/console/settings', '/account/tokens'].map((path) =>
      admin.get(path),
    ),
  )
  const outputs = {
    log: lines.join('\n'),
    metrics: await metrics.text(),
    audit: JSON.stringify(await call('GET /admin/audit-log')),
    lists: JSON.stringify([await call('GET /admin/clients'), await call('GET /me/tokens')]),
    answers: answers.join('\n'),
    pages: pages.map(({ text }) => text).join('\n'),
    stored: globSync(`${folder.path}/auth.db*`)
      .map((file) => readFileSync(file, 'latin1'))
      .join('\n'),
  }
  assert.ok(planted.size >= 14 && !planted.has('undefined') && !planted.has(''))
  assert.match(
    outputs.log,
    /"trusted_issuer_unreachable","facts":{"address":"http[^"]*","problem":"[^"]/,
  )
  assert.match(outputs.metrics, /client_authentications_total\{outcome="authenticated"\}/)
  for (const [where, text] of Object.entries(outputs))
    for (const secret of planted)
      assert.ok(!text.includes(secret), `${secret.slice(0, 12)} is in ${where}`)
})
