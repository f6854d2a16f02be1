import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../domain/kernel/secret.ts'
import { createMeter } from '../../platform/observability/metrics.ts'
import { testServer } from '../../testing.ts'
import { createMetricsHandler } from './metrics-endpoint.ts'

const secret = 'f3c9a1b27d8e40569ab1c2d3e4f50617'

test('metrics are served at one path, and require the secret', async () => {
  const handle = createMetricsHandler(await createMeter(), new Secret(secret))
  const request = (path: string, authorization?: string, method = 'GET') =>
    handle(
      new Request(`http://localhost${path}`, {
        method,
        headers: authorization === undefined ? {} : { authorization },
      }),
    )
  assert.equal((await request('/metrics', `Bearer ${secret}`)).status, 200)
  for (const no of [undefined, 'Bearer', `Bearer ${secret}x`, `Basic ${secret}`, secret]) {
    const answer = await request('/metrics', no)
    assert.equal(answer.status, 401)
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
    assert.equal(await answer.text(), '')
  }
  assert.equal((await request('/', `Bearer ${secret}`)).status, 404)
  const wrong = await request('/metrics', `Bearer ${secret}`, 'POST')
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD'])
})

test('without a secret every client of that port may read the metrics', async () => {
  const handle = createMetricsHandler(await createMeter(), undefined)
  const answer = await handle(new Request('http://localhost/metrics'))
  assert.match(await answer.text(), /process_cpu_seconds_total/)
})

test('no request can create new series', async () => {
  const meter = await createMeter()
  await using server = await testServer({}, undefined, { metrics: meter })
  const request = (path: string, init: RequestInit = {}) =>
    server.fetch(new Request(`http://localhost${path}`, init))
  const series = async () => {
    const lines = (await meter.text()).split('\n')
    return lines.filter((line) => /^countersign_(http|refusals)/.test(line)).length
  }
  const round = async (name: string) => {
    await request(`/${name}`)
    await request(`/sessions/${name}`, { method: 'DELETE' })
    await request('/me', { headers: { authorization: `Bearer ${name}` } })
    await request('/login', { method: 'POST', body: name })
    await request('/me', { method: 'PROPFIND' })
    await request('/login', { method: name.toUpperCase() })
  }
  await round('first')
  const before = await series()
  for (let at = 0; at < 50; at++) await round(`name-${at}`)
  assert.equal(await series(), before)
  const text = await meter.text()
  assert.doesNotMatch(text, /name-\d/)
  assert.match(text, /route="\/sessions\/:id",status="401"/)
  assert.match(text, /route="none",status="404"/)
})

test('sign-ins, refreshes and refusals are counted by result', async () => {
  const meter = await createMeter()
  await using server = await testServer({}, undefined, { metrics: meter })
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await server.fetch(new Request(`http://localhost${path}`, init))
    return (await answer.json()) as Readonly<Record<string, string>>
  }
  const { refresh_token } = await post('/login', { username: 'admin', password: 'password' })
  await post('/login', { username: 'admin', password: 'wrong' })
  await post('/refresh', { refresh_token })
  await post('/refresh', { refresh_token })
  server.clock.advance(3_600)
  await post('/refresh', { refresh_token })
  await post('/refresh', { refresh_token: 'csrt_none' })
  const text = await meter.text()
  for (const line of [
    'logins_total{outcome="signed_in"} 1',
    'logins_total{outcome="credentials_wrong"} 1',
    'refreshes_total{verdict="rotate"} 1',
    'refreshes_total{verdict="repeat"} 1',
    'refreshes_total{verdict="stolen"} 1',
    'refreshes_total{verdict="unknown"} 1',
    'refusals_total{code="refresh_token_reused"} 1',
    'password_hash_duration_seconds_count{work="verify"} 2',
    'signing_keys{algorithm="ES256",state="active"} 1',
    'password_hashes_waiting 0',
  ])
    assert.ok(text.includes(`countersign_${line}\n`), `${line} is missing`)
  assert.match(text, /countersign_audit_log_entries [1-9]/)
  assert.match(text, /database_statement_duration_seconds_count\{statement="select"\} [1-9]/)
})
