import { fixedClock } from '@countersign/token/testing'
import { generateKey, toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openDomain } from '../domain.fixture.ts'
import type { FetchDocument } from '../kernel/ports.ts'
import { isDocumentUrl, parseClientDocument } from './client-document.ts'
import { createClientDocuments } from './client-documents.ts'

const url = 'https://app.example/oauth/client.json'
const good = { client_id: url, redirect_uris: ['https://app.example/callback'] }
const read = (change: Readonly<Record<string, unknown>> = {}) =>
  parseClientDocument(url, JSON.stringify({ ...good, ...change }), 1)

test('[21.43] [OA.114] the URL of a document is https with a path, in the spelling of browsers', () => {
  for (const one of [
    url,
    'https://app.example:8443/c',
    'https://app.example/c?v=1',
    'https://app.example/c/',
  ])
    assert.ok(isDocumentUrl(one, 'any'), one)
  for (const one of [
    '',
    'c_abc',
    'http://app.example/c',
    'https://app.example',
    'https://app.example/',
    'https://app.example:443/c',
    'https://APP.example/c',
    'https://app.example/a/../c',
    'https://app.example/./c',
    'https://app.example/%2e%2e/c',
    'https://app.example/c#x',
    'https://app.example/c#',
    'https://ada@app.example/c',
    'https://@app.example/c',
    'https://app.example\\c',
    'https://0x7f.1/c',
    'https://äpp.example/c',
    `https://app.example/${'c'.repeat(512)}`,
  ])
    assert.ok(!isDocumentUrl(one, 'any'), one)
})

test('[21.43] only documents of the accepted hosts count', () => {
  assert.ok(isDocumentUrl(url, ['claude.ai', 'app.example']))
  assert.ok(!isDocumentUrl(url, ['claude.ai', 'example']))
  assert.ok(!isDocumentUrl('https://app.example:8443/c', ['app.example']))
  assert.ok(isDocumentUrl('https://app.example:8443/c', ['app.example:8443']))
  assert.ok(!isDocumentUrl(url, []))
})

test('a document says where users return; what else it claims for itself is ignored', () => {
  const client = read({ client_name: 'Your bank', skip_consent: true, scope: 'admin:users' })
  assert.deepEqual(client, {
    id: url,
    name: 'app.example/oauth/client.json',
    grants: ['authorization_code'],
    scopes: [],
    resources: [],
    jwks: null,
    trust: null,
    application: {
      redirectUris: good.redirect_uris,
      isPublic: true,
      skipsConsent: false,
      requiresPkce: true,
      idTokenAlgorithm: null,
      dpop: 'optional',
      postLogoutRedirectUris: [],
      backchannelLogoutUri: null,
    },
    createdAt: 1,
  })
})

test('a document with inline keys is that of a confidential client', () => {
  const jwks = JSON.parse(JSON.stringify(toJwks([generateKey('ES256')]))) as unknown
  const client = read({ token_endpoint_auth_method: 'private_key_jwt', jwks })
  assert.ok(typeof client !== 'string' && client.jwks && !client.application?.isPublic)
})

test('[OA.94] a document can say that its client proves possession of a key with every request', () => {
  const client = read({ dpop_bound_access_tokens_required: true })
  assert.ok(typeof client !== 'string' && client.application?.dpop === 'required')
})

test('[21.44] [OA.116, OA.117] refused is a document', () => {
  const rows: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ client_id: `${url}x` }, 'client_id_differs'],
    [{ client_id: url.toUpperCase() }, 'client_id_differs'],
    [{ client_id: undefined }, 'client_id_differs'],
    [{ client_secret: 'x' }, 'document_has_secret'],
    [{ client_secret_expires_at: 0 }, 'document_has_secret'],
    [{ redirect_uris: undefined }, 'redirect_uris_unacceptable'],
    [{ redirect_uris: [] }, 'redirect_uris_unacceptable'],
    [{ redirect_uris: 'https://app.example/callback' }, 'redirect_uris_unacceptable'],
    [{ redirect_uris: ['javascript:alert(1)'] }, 'redirect_uris_unacceptable'],
    [{ redirect_uris: ['http://app.example/callback'] }, 'redirect_uris_unacceptable'],
    [{ grant_types: ['client_credentials'] }, 'grant_types_unacceptable'],
    [{ response_types: ['token'] }, 'response_types_unacceptable'],
    [{ dpop_bound_access_tokens_required: 'true' }, 'dpop_bound_unacceptable'],
    [{ token_endpoint_auth_method: 'client_secret_basic' }, 'auth_method_unacceptable'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'jwks_unacceptable'],
    [
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://app.example/k' },
      'jwks_uri_unsupported',
    ],
  ]
  for (const [change, problem] of rows) assert.equal(read(change), problem, JSON.stringify(change))
  for (const text of ['', '[]', 'null', '{"client_id":1,"client_id":2}'])
    assert.equal(parseClientDocument(url, text, 1), 'document_no_json_object', text)
})

/** Opens the clients of documents, with what their servers answer. */
async function open(t: TestContext, fetchDocument: FetchDocument, capacity = 100) {
  const { deps } = await openDomain(t)
  const clock = fixedClock(1_800_000_000)
  const limits = { attempts: { capacity, period: 60 } }
  const policies = { clientDocuments: { hosts: 'any' as const }, limits }
  return { clock, documents: createClientDocuments({ ...deps, clock, fetchDocument, policies }) }
}

test('a document is cached for the time that its server says, within bounds', async (t) => {
  let fetched = 0
  let maxAge: number | undefined
  const { clock, documents } = await open(t, async () => {
    fetched++
    return { text: JSON.stringify(good), maxAge }
  })
  for (const [age, lasts] of [
    [undefined, 300],
    [0, 300],
    [3_600, 3_600],
    [1e9, 86_400],
  ] as const) {
    maxAge = age
    fetched = 0
    await documents.find(url, {})
    clock.advance(lasts - 1)
    await documents.find(url, {})
    assert.equal(fetched, 1, `${age} is still cached`)
    clock.advance(1)
    await documents.find(url, {})
    assert.equal(fetched, 2, `${age} is fetched again`)
    clock.advance(100_000)
  }
})

test('[21.45] [OA.119] a failure and an invalid document are never cached', async (t) => {
  const answers = [
    { problem: 'status_500' },
    { text: '{}', maxAge: 3_600 },
    { text: JSON.stringify(good), maxAge: 3_600 },
  ]
  const { documents } = await open(t, async () => answers.shift() ?? { problem: 'too many' })
  assert.equal(await documents.find(url, {}), 'status_500')
  assert.equal(await documents.find(url, {}), 'client_id_differs')
  for (let at = 0; at < 2; at++) assert.equal(typeof (await documents.find(url, {})), 'object')
})

test('[21.46] requests for one document share a fetch, and a network has only so many made', async (t) => {
  let fetched = 0
  const { documents } = await open(
    t,
    async (asked) => {
      fetched++
      return { text: JSON.stringify({ ...good, client_id: asked }), maxAge: undefined }
    },
    20,
  )
  const from = { address: '198.51.100.7' }
  await Promise.all(Array.from({ length: 10 }, () => documents.find(url, from)))
  assert.equal(fetched, 1)
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, at) => documents.find(`${url}?${at}`, from)),
  )
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 10)
  assert.equal(fetched, 11)
  assert.equal(typeof (await documents.find(url, from)), 'object', 'a cached one costs nothing')
  assert.equal(typeof (await documents.find(`${url}?x`, { address: '203.0.113.1' })), 'object')
})
