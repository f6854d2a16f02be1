import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { request, signIn } from './api.fixture.ts'

const from = (address: string) => ({ address })

test('[18.10] a repeated refresh from another network is recorded, in few entries, and one from the same is not', async () => {
  await using server = await testServer()
  const body = { username: 'admin', password: 'password' }
  const { body: first } = await request(server, 'POST /login', { body })
  const refresh = async (refresh_token: unknown, address: string) => {
    const headers = { 'content-type': 'application/json' }
    const sent = JSON.stringify({ refresh_token })
    const httpRequest = new Request('http://localhost:5000/refresh', {
      method: 'POST',
      headers,
      body: sent,
    })
    const response = await server.fetch(httpRequest, from(address))
    assert.equal(response.status, 200)
    return ((await response.json()) as Record<string, unknown>)['refresh_token']
  }
  const repeats = async () => {
    const token = await signIn(server)
    const { body: log } = await request(server, 'GET /admin/audit-log?limit=200', { token })
    return (log['entries'] as { readonly type: string }[]).filter(
      ({ type }) => type === 'refresh_repeated',
    ).length
  }
  const used = first['refresh_token']
  const next = await refresh(used, '192.0.2.1')
  assert.equal(await refresh(used, '192.0.2.1'), next)
  assert.equal(await repeats(), 0, 'a lost answer')
  assert.equal(await refresh(used, '198.51.100.7'), next)
  assert.equal(await repeats(), 1)
  for (let left = 59; left > 0; left--) await refresh(used, '198.51.100.7')
  assert.equal(
    await repeats(),
    21,
    'of an hour, the first twenty one by one, then when they have doubled',
  )
})

test('[18.10] a refresh reads at most 1 KiB', async () => {
  await using server = await testServer()
  const body = { refresh_token: 'x'.repeat(200), more: 'x'.repeat(1000) }
  assert.equal((await request(server, 'POST /refresh', { body })).code, 'body_too_large')
  const small = { refresh_token: 'x'.repeat(256) }
  assert.equal(
    (await request(server, 'POST /refresh', { body: small })).code,
    'refresh_token_unknown',
  )
})

test('[18.10] an unknown transfer coding is refused with 501', async () => {
  await using server = await testServer()
  const send = async (coding: string) => {
    const headers = { 'transfer-encoding': coding, 'content-type': 'application/json' }
    const sent = new Request('http://localhost:5000/login', { method: 'POST', headers, body: '{}' })
    const response = await server.fetch(sent)
    return [response.status, ((await response.json()) as { code: string }).code]
  }
  assert.deepEqual(await send('gzip, chunked'), [501, 'transfer_coding_unknown'])
  assert.deepEqual(await send('Chunked'), [400, 'body_invalid'])
})
