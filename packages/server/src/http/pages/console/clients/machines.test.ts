import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { testServer } from '../../../../testing.ts'
import { post } from '../../../api/oauth/oauth.fixture.ts'
import { password, people } from '../console.fixture.ts'
import { addResource, newClient, notes } from './machines.fixture.ts'

test('a user creates an API token on the account page, sees its use, and revokes it after a question', async () => {
  await using server = await testServer()
  const { ada, admin } = await people(server)
  await ada.signIn('ada', password)
  assert.match((await ada.get('/account')).text, /href="\/account\/tokens"/)
  const said = { name: '<b>backup</b>', scopes: 'roles', resource: '', days: '30' }
  const wrong = await ada.send('/account/tokens', { ...said, password: 'x' })
  assert.match(wrong.text, /id="make-token-password-fault"/)
  const unknown = await ada.send('/account/tokens', { ...said, password, scopes: 'none' })
  assert.match(unknown.text, /id="make-token-scopes-fault"/)
  const made = await ada.send('/account/tokens', { ...said, password })
  assert.match(made.text, /csk_[\w-]{135}/)
  assert.match(String(made.headers.get('cache-control')), /no-store/)
  const listed = (await ada.get('/account/tokens')).text
  assert.ok(!listed.includes('csk_'), 'and never again')
  assert.match(listed, /&lt;b&gt;backup[^]*Never used/)
  const id = /revoke\?token=(t_[\w-]+)/.exec(listed)?.[1] ?? ''
  assert.match(
    (await ada.get(`/account/tokens/revoke?token=${id}`)).text,
    /Revoke this API token\?/,
  )
  assert.equal((await admin.get(`/account/tokens/revoke?token=${id}`)).path, '/account/tokens')
  const refused = await admin.send('/account/tokens/revoke', { token: id })
  assert.doesNotMatch(refused.text, /The API token is revoked/)
  const revoked = await ada.send('/account/tokens/revoke', { token: id })
  assert.match(revoked.text, /The API token is revoked\.[^]*You have no API tokens/)
})

async function withNotes() {
  const server = await testServer()
  const { ada, admin, id } = await people(server)
  await ada.signIn('ada', password)
  const set = await addResource(admin)
  assert.match(set.text, /The resource is saved[^]*notes\.example[^]*notes:write[^]*900 s[^]*ES256/)
  return { server, ada, admin, userId: id }
}

const secretIn = (text: string) => /css_[\w-]{49}/.exec(text)?.[0] ?? ''

test('an administrator adds a service account, rotates its secret with an overlap, and ends and removes after questions', async () => {
  const { server, ada, admin } = await withNotes()
  await using _ = server
  assert.match((await admin.get('/console/clients')).text, /No clients\./)
  assert.match(
    (await admin.get('/console/clients/add')).text,
    /https:\/\/notes\.example[^]*notes:read/,
  )
  const made = await admin.send('/console/clients/add', newClient)
  const first = secretIn(made.text)
  const id = /c_[\w-]{22}/.exec(made.text)?.[0] ?? ''
  assert.match(String(made.headers.get('cache-control')), /no-store/)
  assert.equal(
    made.path,
    '/console/clients/add',
    'the response to the form itself: no URL has the secret',
  )
  const ask = (client_secret: string) =>
    post(server, '/oauth/token', {
      grant_type: 'client_credentials',
      client_id: id,
      client_secret,
    })
  assert.equal((await ask(first)).status, 200)
  server.clock.advance(120)
  const here = `/console/clients/${id}`
  const rotated = await admin.send(`${here}/secrets`, { overlap: '86400' })
  assert.match(String(rotated.headers.get('cache-control')), /no-store/)
  assert.match(rotated.text, /Both secrets work until/)
  const second = secretIn(rotated.text)
  assert.deepEqual([(await ask(first)).status, (await ask(second)).status], [200, 200])
  for (const path of ['/console/clients', here, `${here}/secrets`])
    assert.equal(secretIn((await admin.get(path)).text), '', `${path} does not show it again`)
  const shown = (await admin.get(here)).text
  assert.match(shown, /Current[^]*just now[^]*when it is replaced[^]*Replaced[^]*just now/)
  assert.match(shown, /The replaced secret still works\. It ends as soon as you rotate/)
  assert.equal((await admin.send(`${here}/secrets`, { overlap: '5' })).status, 400)
  const end = /\/console\/clients\/[\w-]+\/secrets\/[\w-]+\/end/.exec(shown)?.[0] ?? ''
  assert.match((await admin.get(end)).text, /End the replaced secret now\?[^]*just now/)
  const ended = await admin.send(end, {})
  assert.match(ended.text, /The replaced secret is refused from now on/)
  assert.deepEqual([(await ask(first)).status, (await ask(second)).status], [401, 200])
  assert.equal((await admin.get(end)).path, here)
  assert.match((await admin.get(`${here}/remove`)).text, /Remove this service account\?/)
  assert.equal((await ada.get(here)).status, 403)
  const removed = await admin.send(`${here}/remove`, {})
  assert.match(removed.text, /The client is removed\.[^]*No clients\./)
  assert.equal((await ask(second)).status, 401)
  assert.equal((await admin.get(here)).status, 404)
  const log = await admin.send('/console/audit-log/export', {})
  const types = new Set(
    [...log.text.matchAll(/"type":"(client_\w+|resource_set)"/g)].map(([, one]) => one),
  )
  const expected =
    'resource_set client_added client_secret_rotated client_secret_ended client_refused client_removed'
  for (const type of expected.split(' ')) assert.ok(types.has(type), type)
  assert.ok(!log.text.includes(first.slice(4)) && !log.text.includes(second.slice(4)))
})

test('a service account gets other scopes and resources; wrong ones are shown beside their fields', async () => {
  const { server, admin } = await withNotes()
  await using _ = server
  const add = (change: object) => admin.send('/console/clients/add', { ...newClient, ...change })
  const wrong = await add({ scopes: 'other' })
  assert.match(wrong.text, /id="add-client-scopes-fault"/)
  assert.match(wrong.text, /value="reporter"/)
  assert.match(
    (await add({ resources: 'https://x.example' })).text,
    /id="add-client-resources-fault"/,
  )
  assert.match((await add({ name: 'No Name' })).text, /role="alert"[^]*a name has/)
  const id = /c_[\w-]{22}/.exec((await add({})).text)?.[0] ?? ''
  assert.match((await add({})).text, /id="add-client-name-fault"/)
  const access = { scopes: 'notes:read notes:write', resources: 'https://notes.example' }
  const changed = await admin.send(`/console/clients/${id}/access`, access)
  assert.match(changed.text, /Scopes and resources are saved[^]*class="badge">notes:write</)
  const refused = await admin.send(`/console/clients/${id}/access`, { ...access, scopes: 'x' })
  assert.match(refused.text, /id="client-access-scopes-fault"/)
})

test('a service account authenticates by its own keys or as a workload; then it has no secret', async () => {
  const { server, admin } = await withNotes()
  await using _ = server
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = (key: typeof publicKey) => ({
    ...key.export({ format: 'jwk' }),
    alg: 'ES256',
    kid: 'one',
  })
  const add = (change: object) => admin.send('/console/clients/add', { ...newClient, ...change })
  const keys = { method: 'keys', jwks: JSON.stringify({ keys: [jwk(publicKey)] }) }
  const leaked = JSON.stringify({ keys: [jwk(privateKey)] })
  const refused = await add({ ...keys, jwks: leaked })
  assert.match(refused.text, /role="alert"[^]*each key must be a public JWK/)
  assert.ok(!refused.text.includes(jwk(privateKey).d ?? '?'), 'a private key is not shown again')
  assert.match((await add({ ...keys, jwks: 'x' })).text, /a key set has 1 to 8 public keys/)
  const made = (await add(keys)).text
  assert.ok(!made.includes('css_'))
  const id = /c_[\w-]{22}/.exec(made)?.[0] ?? ''
  assert.match((await admin.get(`/console/clients/${id}`)).text, /private_key_jwt[^]*one[^]*ES256/)
  const trust = {
    method: 'workload',
    issuer: 'https://ci.example',
    subject: 'repo:notes',
    audience: '',
  }
  assert.match(
    (await add({ ...trust, name: 'ci', issuer: 'ci' })).text,
    /a trusted issuer is an https URL/,
  )
  const workload = (await add({ ...trust, name: 'ci', reusable: 'yes' })).text
  const ci = /c_[\w-]{22}/.exec(workload)?.[0] ?? ''
  const shown = (await admin.get(`/console/clients/${ci}`)).text
  assert.match(
    shown,
    /repo:notes[^]*https:\/\/ci\.example[^]*localhost:5000[^]*until the token expires/,
  )
  assert.doesNotMatch(shown, /Rotate the secret/)
})

test('a resource is changed, keeps its algorithm, and is removed after a question', async () => {
  const { server, admin } = await withNotes()
  await using _ = server
  const listed = (await admin.get('/console/resources')).text
  const id = /\?change=(r_[\w-]+)/.exec(listed)?.[1] ?? ''
  const shown = (await admin.get(`/console/resources?change=${id}`)).text
  assert.match(shown, /Change a resource[^]*value="https:\/\/notes\.example"/)
  assert.match(shown, /value="notes:read notes:write"/)
  const set = (change: object) => admin.send('/console/resources/set', { ...notes, ...change })
  assert.match((await set({ audience: 'notes' })).text, /role="alert"[^]*absolute URI/)
  assert.match((await set({ scopes: 'admin:users' })).text, /id="set-resource-scopes-fault"/)
  assert.match((await set({ lifetime: '1' })).text, /role="alert"[^]*from 10s to 24h/)
  assert.match((await set({ lifetime: 'x' })).text, /id="set-resource-lifetime-fault"/)
  assert.match((await set({ lifetime: '60' })).text, /The resource is saved[^]*60 s/)
  const question = await admin.get(`/console/resources/${id}/remove`)
  assert.match(question.text, /Remove this resource\?[^]*notes\.example/)
  const removed = await admin.send(`/console/resources/${id}/remove`, {})
  assert.match(removed.text, /The resource is removed[^]*No resources\./)
  assert.equal((await admin.get(`/console/resources/${id}/remove`)).path, '/console/resources')
})

test('an administrator lists the API tokens of all users, and revokes one after a question', async () => {
  const { server, ada, admin, userId } = await withNotes()
  await using _ = server
  assert.match((await admin.get('/console/tokens')).text, /No API tokens\./)
  const said = { name: '<b>backup</b>', scopes: 'notes:read', resource: 'https://notes.example' }
  const made = await ada.send('/account/tokens', { ...said, days: '30', password })
  const secret = /csk_[\w-]{135}/.exec(made.text)?.[0] ?? ''
  const listed = (await admin.get('/console/tokens')).text
  assert.match(listed, /&lt;b&gt;backup[^]*ada[^]*notes:read[^]*notes\.example[^]*never/)
  assert.ok(!listed.includes('csk_'))
  const exchange = () =>
    post(server, '/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
      subject_token: secret,
    })
  server.clock.advance(61)
  assert.equal((await exchange()).status, 200)
  assert.match((await admin.get('/console/tokens')).text, /just now/)
  const path = /\/console\/tokens\/t_[\w-]+\/revoke/.exec(listed)?.[0] ?? ''
  assert.match((await admin.get(path)).text, /Revoke this API token\?[^]*backup[^]*ada/)
  assert.equal((await ada.send(path, {})).status, 403)
  const sessions = await admin.get(`/console/users/${userId}`)
  const session = /name="session" value="([^"]+)"/.exec(sessions.text)?.[1] ?? ''
  const other = await admin.get(`/console/tokens/${session}/revoke`)
  assert.equal(other.path, '/console/tokens', 'a sign-in is no API token')
  const revoked = await admin.send(path, {})
  assert.match(revoked.text, /The API token is revoked\.[^]*No API tokens\./)
  assert.equal((await exchange()).status, 400)
  assert.equal((await ada.get('/account')).path, '/account', 'its user is still signed in')
})
