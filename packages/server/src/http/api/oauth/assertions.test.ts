import { createSigner, generateKey, toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertionType, otherIssuer, post, withClient } from './oauth.fixture.ts'

const issuer = 'http://localhost:5000'
const grant = { grant_type: 'client_credentials' }

test('[20.2] [20.30] an assertion by a key of the service account is accepted once, and only for this issuer', async () => {
  const { server, add } = await withClient()
  await using _ = server
  const key = generateKey('ES256')
  const made = await add({ name: 'signing', jwks: toJwks([key]) })
  const copied = await add({ name: 'copied', jwks: toJwks([key]) })
  assert.equal(made['client_secret'], null)
  const id = String(made['id'])
  const clock = server.clock
  const sign = (change: Readonly<Record<string, unknown>> = {}, by = key, lifetime = 60) =>
    createSigner({ key: by, issuer: id, lifetime, type: 'JWT', clock }).sign({
      sub: id,
      aud: issuer,
      ...change,
    })
  const ask = async (client_assertion: string, others = {}) => {
    const parameters = {
      ...grant,
      client_assertion_type: assertionType,
      client_assertion,
      ...others,
    }
    return (await post(server, '/oauth/token', parameters)).status
  }
  const good = sign()
  assert.equal(await ask(good), 200)
  assert.equal(await ask(good), 401, 'replayed')
  assert.equal(await ask(sign(), { client_id: id }), 200)
  const mine = sign()
  for (const client_id of ['c_other', String(copied['id'])])
    assert.equal(await ask(mine, { client_id }), 401, 'for another client')
  assert.equal(await ask(mine), 200, 'and not spent by that')
  assert.equal(await ask(sign({ cnf: { jkt: 'x' } })), 401, 'bound to a key')
  assert.equal(await ask(sign({ aud: `${issuer}/oauth/token` })), 401)
  assert.equal(await ask(sign({ aud: [issuer] })), 401)
  assert.equal(await ask(sign({ aud: [issuer, 'other'] })), 401)
  assert.equal(await ask(sign({ sub: 'c_other' })), 401)
  assert.equal(await ask(sign({}, generateKey('ES256'))), 401)
  assert.equal(await ask(sign({}, key, 7_200)), 401)
  assert.equal(await ask('no token'), 401)
  const late = sign()
  clock.advance(120)
  assert.equal(await ask(late), 401)
})

test('[20.3] [20.30] a workload gets a token for that of its own issuer, without any secret', async (t) => {
  const { server, add } = await withClient()
  await using _ = server
  const cluster = await otherIssuer(t)
  const trust = {
    issuer: cluster.url,
    subject: 'system:serviceaccount:prod:notes',
    audience: 'countersign',
  }
  const made = await add({ name: 'workload', trust: { ...trust, reusable: false } })
  const now = () => server.clock.now()
  const ask = async (client_assertion: string) => {
    const parameters = { ...grant, client_assertion_type: assertionType, client_assertion }
    return post(server, '/oauth/token', parameters)
  }
  const good = cluster.sign(now())
  const first = await ask(good)
  assert.equal(first.status, 200)
  assert.equal(first.body['scope'], 'notes:read notes:write')
  assert.equal((await ask(good)).status, 401, 'replayed')
  assert.equal(
    (await ask(cluster.sign(now(), { sub: 'system:serviceaccount:prod:other' }))).status,
    401,
  )
  assert.equal((await ask(cluster.sign(now(), { aud: ['other'] }))).status, 401)
  assert.equal((await ask(cluster.sign(now() - 700))).status, 401, 'expired')
  const wide = cluster.sign(now(), { aud: ['countersign', 'https://other.example'] })
  assert.equal((await ask(wide)).status, 401, 'the other audience has it too')
  const bound = cluster.sign(now(), { cnf: { jkt: 'x' } })
  assert.equal((await ask(bound)).status, 401, 'bound to a key')
  const other = await otherIssuer(t)
  assert.equal((await ask(other.sign(now()))).status, 401, 'another issuer')
  assert.equal(other.requests.length, 0, 'an issuer that is not trusted is not asked')
  assert.ok(cluster.requests.length <= 3)
  assert.equal(made['client_secret'], null)
})

test('with `reusable`, the token that a workload reads from a file is accepted until it expires', async (t) => {
  const { server, add } = await withClient()
  await using _ = server
  const cluster = await otherIssuer(t)
  const trust = {
    issuer: cluster.url,
    subject: 'system:serviceaccount:prod:notes',
    audience: 'countersign',
  }
  await add({ name: 'workload', trust: { ...trust, reusable: true } })
  const first = cluster.sign(server.clock.now())
  const ask = async (client_assertion = first) => {
    const parameters = { ...grant, client_assertion_type: assertionType, client_assertion }
    return (await post(server, '/oauth/token', parameters)).status
  }
  assert.deepEqual([await ask(), await ask()], [200, 200])
  server.clock.advance(700)
  assert.equal(await ask(), 401)
  const wide = cluster.sign(server.clock.now(), { aud: ['countersign', 'https://other.example'] })
  assert.equal(await ask(wide), 401, 'the other audience has it too')
})

test('a trusted issuer that does not answer is no fault of the credentials', async (t) => {
  const { server, add } = await withClient()
  await using _ = server
  const cluster = await otherIssuer(t)
  const subject = 'system:serviceaccount:prod:notes'
  await add({
    name: 'workload',
    trust: { issuer: 'http://127.0.0.1:9', subject, audience: 'countersign', reusable: false },
  })
  const client_assertion = createSigner({
    key: cluster.key,
    issuer: 'http://127.0.0.1:9',
    lifetime: 60,
    type: 'JWT',
    clock: server.clock,
  }).sign({ sub: subject, aud: 'countersign' })
  const { status, body } = await post(server, '/oauth/token', {
    ...grant,
    client_assertion_type: assertionType,
    client_assertion,
  })
  assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
})
