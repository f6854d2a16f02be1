import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser, sameOrigin, type TestBrowser } from '../pages/test-browser.fixture.ts'
import type { TestServer } from '../../testing.ts'
import { password, request, withAda } from './api.fixture.ts'
import { addTotp } from './factors.fixture.ts'

const strict = { COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '3', COUNTERSIGN_LIMITS_ATTEMPTS: '0' }
const home = '192.0.2.1'

/** Signs in from the browser of ada's device; returns the failure code. */
async function signInOn(
  server: TestServer,
  { cookies }: Pick<TestBrowser, 'cookies'>,
  body: unknown,
  path = '/login',
) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const sent = new Request(`http://localhost:5000${path}`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json', ...sameOrigin },
    body: JSON.stringify(body),
  })
  const response = await server.fetch(sent, { address: home })
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    cookies.set(name, value)
  }
  return (await response.json()) as Readonly<Record<string, unknown>>
}

test('[22.15] guessers, on her network and on others, keep no owner out of a device in which she has signed in', async () => {
  const { server } = await withAda(strict)
  await using _ = server
  const device = openBrowser(server, undefined, { address: home })
  await device.signIn('ada', password)
  assert.ok(device.cookies.has('countersign_device'))
  const body = { username: 'ada', password: 'wrong' }
  for (let at = 0; at < 40; at++)
    for (const address of [home, `198.51.100.${at}`])
      await request(server, 'POST /login', { body, address })
  const right = { username: 'ada', password }
  const beside = await request(server, 'POST /login', { body: right, address: home })
  assert.equal(beside.code, 'login_delayed')
  assert.ok('token' in (await signInOn(server, device, right)))
})

test('[22.15] a thief of the cookie has the tries of one device, and none for another user', async () => {
  const { server } = await withAda(strict)
  await using _ = server
  const device = openBrowser(server, undefined, { address: home })
  await device.signIn('ada', password)
  const codes = new Set<unknown>()
  for (let at = 0; at < 8; at++)
    codes.add((await signInOn(server, device, { username: 'ada', password: 'wrong' }))['code'])
  assert.deepEqual([...codes], ['credentials_wrong', 'login_delayed'])
})

test('[22.15] a guesser who knows the password keeps no owner from her second factor in her device', async () => {
  const { server } = await withAda()
  await using _ = server
  const device = openBrowser(server, undefined, { address: home })
  const { code } = await addTotp(server)
  server.clock.advance(30)
  const login = { username: 'ada', password }
  const first = async (address: string) =>
    (await request(server, 'POST /login', { body: login, address })).body['sign_in']
  const signedIn = await signInOn(
    server,
    device,
    { sign_in: await first(home), code: code(), cookies: true },
    '/login/factor',
  )
  assert.equal(signedIn['token_type'], 'Cookie')
  // The device is trusted now. A guesser uses up the wrong codes that all networks have together.
  server.clock.advance(30)
  for (let at = 0; at < 20; at++) {
    const address = `198.51.100.${at}`
    const body = { sign_in: await first(address), code: code() === '000000' ? '000001' : '000000' }
    assert.equal(
      (await request(server, 'POST /login/factor', { body, address })).code,
      'factor_wrong',
    )
  }
  const proof = async () => ({ sign_in: await first(home), code: code() })
  const beside = await request(server, 'POST /login/factor', { body: await proof(), address: home })
  assert.equal(beside.code, 'login_delayed')
  const onDevice = await signInOn(server, device, await proof(), '/login/factor')
  assert.ok('token' in onDevice, JSON.stringify(onDevice))
})

/** Signs ada in on so many new devices, with the password alone. */
async function signInOnMany(server: TestServer, count: number) {
  const devices = Array.from({ length: count }, () =>
    openBrowser(server, undefined, { address: home }),
  )
  for (const device of devices) await device.signIn('ada', password)
  return devices
}

test('[22.90] the cookies of many sign-ins, made before ada had a factor, give 20 wrong codes a day together', async () => {
  const { server } = await withAda()
  await using _ = server
  const devices = await signInOnMany(server, 6)
  const { code, recoveryCodes } = await addTotp(server)
  const login = { username: 'ada', password }
  const wrong = () => (code() === '000000' ? '000001' : '000000')
  let checked = 0
  for (const device of devices)
    for (let at = 0; at < 5; at++) {
      const sign_in = (await signInOn(server, device, login))['sign_in']
      const body = { sign_in, code: wrong() }
      checked += Number(
        (await signInOn(server, device, body, '/login/factor'))['code'] === 'factor_wrong',
      )
    }
  assert.equal(checked, 20)
  const [first] = devices
  const sign_in = (await signInOn(server, first!, login))['sign_in']
  const byRecovery = { sign_in, recovery_code: recoveryCodes[0] }
  assert.ok('token' in (await signInOn(server, first!, byRecovery, '/login/factor')))
})

test('[22.90] the cookies of many sign-ins share the wrong passwords that are free', async () => {
  const { server } = await withAda(strict)
  await using _ = server
  const devices = await signInOnMany(server, 8)
  let checked = 0
  for (const device of devices)
    for (let at = 0; at < 3; at++) {
      const { code } = await signInOn(server, device, { username: 'ada', password: 'wrong' })
      checked += Number(code === 'credentials_wrong')
    }
  assert.equal(checked, 12)
})

test('[22.91] guessers on other networks keep no owner with a second factor out of a network in which she has signed in', async () => {
  const { server } = await withAda(strict)
  await using _ = server
  const { code } = await addTotp(server)
  const login = { username: 'ada', password }
  const first = () => request(server, 'POST /login', { body: login, address: home })
  server.clock.advance(30)
  const body = { sign_in: (await first()).body['sign_in'], code: code() }
  assert.equal((await request(server, 'POST /login/factor', { body, address: home })).status, 200)
  const wrong = { username: 'ada', password: 'wrong' }
  for (let at = 0; at < 70; at++)
    await request(server, 'POST /login', { body: wrong, address: `198.51.100.${at}` })
  assert.equal((await first()).code, 'factor_required')
})

test('[22.91] the password alone makes no network a trusted one of a user with a second factor', async () => {
  const { server } = await withAda(strict)
  await using _ = server
  await addTotp(server)
  const first = () =>
    request(server, 'POST /login', { body: { username: 'ada', password }, address: home })
  await first()
  const wrong = { username: 'ada', password: 'wrong' }
  for (let at = 0; at < 70; at++)
    await request(server, 'POST /login', { body: wrong, address: `198.51.100.${at}` })
  assert.equal((await first()).code, 'login_delayed')
})

test('the right password ends the count of wrong ones also before a second factor', async () => {
  const { server } = await withAda(strict)
  await using _ = server
  await addTotp(server)
  const login = (typed: string) =>
    request(server, 'POST /login', { body: { username: 'ada', password: typed }, address: home })
  for (let at = 0; at < 4; at++) {
    await login('wrong')
    await login('wrong')
    assert.equal((await login(password)).code, 'factor_required')
  }
})
