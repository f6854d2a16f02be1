// A relay as an operator runs it: TLS, metrics, and how it stops.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { get as getOverTls } from 'node:https'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { makeCertificate, placeCertificate } from '@countersign/testing/certificates'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'

test('a relay with a certificate serves over TLS, counts its guards, and ends their feeds when it stops', async () => {
  using folder = scratch()
  const [port, relayPort, metricsPort] = [await freePort(), await freePort(), await freePort()]
  const issuer = `http://localhost:${port}`
  await using _server = await start([...countersign, 'dev'], {
    env: {
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
    },
  })
  await post(`${issuer}/login`, { username: 'admin', password: 'password' })
  const pair = await makeCertificate()
  const { certificate, key } = placeCertificate(folder.path, pair)
  const relay = await start([...countersign, 'relay', issuer], {
    env: {
      COUNTERSIGN_HTTP_PORT: String(relayPort),
      COUNTERSIGN_TLS_CERTIFICATE_FILE: certificate,
      COUNTERSIGN_TLS_KEY_FILE: key,
      COUNTERSIGN_METRICS_PORT: String(metricsPort),
    },
  })
  const path = '/status-lists/1/feed'
  const request = getOverTls({ host: 'localhost', port: relayPort, path, ca: pair.cert })
  const [feed] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(feed.statusCode, 200)
  while (!/^event: status$/m.test(String((await once(feed, 'data'))[0])));
  await assert.rejects(get(`http://localhost:${relayPort}/health/live`), 'plain http is refused')
  const metrics = await (await fetch(`http://localhost:${metricsPort}/metrics`)).text()
  assert.match(metrics, /^countersign_guards_following 1$/m)
  assert.match(metrics, /^countersign_relay_feeds{state="open"} 1$/m)
  const ended = once(feed.resume(), 'end')
  relay.signal('SIGTERM')
  assert.ok(
    await Promise.race([ended, setTimeout(30_000, undefined, { ref: false })]),
    'the feed ends, and is not cut off',
  )
  await relay.ended
  assert.match(relay.output(), /"reason":"SIGTERM","msg":"stopped"/)
})

test('a relay refuses an issuer that is no URL', async () => {
  const { code, output } = await run([...countersign, 'relay', 'auth.example.com'])
  assert.equal(code, 2, output)
  assert.match(output, /argument_invalid/)
})
