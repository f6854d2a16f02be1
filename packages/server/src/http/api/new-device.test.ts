import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestServer } from '../../testing.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'

const [firefox, chrome, evil] = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
  'Buy<b>now</b> at http://evil.example/ please',
]

/** Signs ada in from a device, and returns how many notices of a new device there are. */
async function noticesAfter(server: TestServer, agent: string, address: string) {
  const headers = { 'content-type': 'application/json', 'user-agent': agent }
  const body = JSON.stringify({ username: 'ada', password })
  const login = new Request('http://localhost:5000/login', { method: 'POST', headers, body })
  assert.equal((await server.fetch(login, { address })).status, 200)
  return (await notices(server)).length
}

const notices = async (server: TestServer) =>
  (await server.mails()).filter(({ subject }) => subject.startsWith('New sign-in'))

/** Verifies the address of ada. */
async function verify(server: TestServer): Promise<void> {
  const token = await signIn(server, 'ada', password)
  await request(server, 'POST /email/verification', { token })
  const codes = (await server.mails()).map(({ text }) => /^\d{3} \d{3} \d{3}$/m.exec(text)?.[0])
  const body = { code: codes.find((code) => code !== undefined) }
  assert.equal((await request(server, 'POST /email/verify', { token, body })).status, 204)
}

test('[19.14] a sign-in from a new device or network is reported, one an hour; a known one and the first are not', async () => {
  const { server } = await withAda()
  await using _ = server
  assert.equal(await noticesAfter(server, firefox, '192.0.2.7'), 0, 'the first')
  assert.equal(await noticesAfter(server, chrome, '192.0.2.7'), 0, 'the address is not verified')
  await verify(server)
  assert.equal(await noticesAfter(server, firefox, '192.0.2.200'), 0, 'the same network')
  assert.equal(await noticesAfter(server, firefox, '198.51.100.7'), 1, 'another network')
  assert.equal(await noticesAfter(server, evil, '192.0.2.7'), 1, 'one an hour')
  server.clock.advance(3601)
  assert.equal(await noticesAfter(server, evil, '192.0.2.7'), 2, 'it was held back, and is new')
  assert.equal(await noticesAfter(server, evil, '192.0.2.7'), 2)
  const [newest, first] = await notices(server)
  assert.match(first?.text ?? '', /Time: 2027-01-15 08:00 UTC\nBrowser: Firefox\nSystem: Linux/)
  assert.match(newest?.text ?? '', /Browser: –\nSystem: –/)
  for (const text of [newest?.text, newest?.html]) assert.doesNotMatch(text ?? '', /evil|Buy/)
})

test('[19.14] no notice is sent where the setting says so', async () => {
  const { server } = await withAda({ COUNTERSIGN_MAIL_NEW_DEVICE_NOTICES: 'no' })
  await using _ = server
  await verify(server)
  await noticesAfter(server, firefox, '192.0.2.7')
  assert.equal(await noticesAfter(server, chrome, '198.51.100.7'), 0)
})
