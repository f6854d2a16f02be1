import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createServer } from '../../compose.ts'
import { loadConfig } from '../../config/load.ts'
import type { Mode } from '../../config/setting.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { edgeOf } from '../../policies.ts'
import type { Server } from '../../server-interface.ts'

const ada = { username: 'ada', password: 'four loose words here' }

/** Opens a server in memory on which ada has registered. */
async function open(mode: Mode, issuer: string): Promise<Server> {
  const env = {
    COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_ISSUER_URL: issuer,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_USERS_REGISTRATION: 'open',
  }
  const server = await createServer(loadConfig({ mode, env }), { hasher: testHasher })
  assert.equal((await post(server, issuer, '/register', '', ada)).status, 201)
  return server
}

function post(server: Server, issuer: string, path: string, cookie: string, body?: object) {
  const json = body && { 'content-type': 'application/json' }
  const headers = { ...json, cookie, origin: issuer, 'sec-fetch-site': 'same-origin' }
  const sent = body ? JSON.stringify(body) : null
  return server.fetch(new Request(issuer + path, { method: 'POST', headers, body: sent }))
}

/** Submits the form that signs out, and returns the Set-Cookie headers. */
async function signOut(server: Server, issuer: string, cookie: string): Promise<readonly string[]> {
  const headers = { cookie, origin: issuer, 'sec-fetch-site': 'same-origin' }
  const init = { method: 'POST', headers, body: new URLSearchParams() }
  const response = await server.fetch(new Request(`${issuer}/sign-out`, init))
  assert.equal(response.status, 303)
  return response.headers.getSetCookie()
}

const get = (server: Server, issuer: string, path: string, cookie: string) =>
  server.fetch(new Request(issuer + path, { headers: { cookie, accept: 'text/html, */*' } }))

/** Returns the Set-Cookie headers of a sign-in. */
async function signIn(server: Server, issuer: string): Promise<readonly string[]> {
  const response = await post(server, issuer, '/login', '', { ...ada, cookies: true })
  assert.equal(response.status, 200)
  return response.headers.getSetCookie()
}

const pairsOf = (lines: readonly string[]) => lines.map((line) => line.split(';')[0] ?? '')
/** Returns cookies without their values and times. */
const shapesOf = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/=[^;]*/, '').replace(/ Max-Age=\d+;/, ''))

/** Gives cookies the names of the other kind of server. */
const renamed = (pairs: readonly string[]) =>
  pairs.map((pair) => (pair.startsWith('__Host-') ? pair.slice(7) : `__Host-${pair}`))

const loopback = [
  'http://localhost:5000',
  'http://127.0.0.1:5000',
  'http://[::1]:5000',
  'http://auth.localhost:5000',
]

test('[18.35] in development, cookies on loopback have no prefix and no Secure, because Safari refuses them there', async () => {
  for (const issuer of loopback) {
    await using server = await open('development', issuer)
    const lines = await signIn(server, issuer)
    assert.deepEqual(shapesOf(lines), [
      'countersign_access; Path=/; HttpOnly; SameSite=Lax',
      'countersign_refresh; Path=/; HttpOnly; SameSite=Strict',
      'countersign_device; Path=/; HttpOnly; SameSite=Strict',
    ])
    const cookie = pairsOf(lines).join('; ')
    assert.equal((await get(server, issuer, '/me', cookie)).status, 200)
    const refreshed = await post(server, issuer, '/refresh', cookie)
    assert.deepEqual(shapesOf(refreshed.headers.getSetCookie()), shapesOf(lines.slice(0, 2)))
    const out = await signOut(server, issuer, pairsOf(refreshed.headers.getSetCookie()).join('; '))
    assert.deepEqual(out.toSorted(), [
      'countersign_access=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
      'countersign_notice=signed_out; Max-Age=30; Path=/; HttpOnly; SameSite=Lax',
      'countersign_refresh=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
    ])
    const page = await get(server, issuer, '/sign-in', 'countersign_notice=signed_out')
    assert.match(await page.text(), /You are signed out on this device/)
    const { components } = (await (
      await get(server, issuer, '/openapi.json', '')
    ).json()) as OpenApi
    assert.equal(components.securitySchemes.cookie.name, 'countersign_access')
  }
})

interface OpenApi {
  readonly components: {
    readonly securitySchemes: { readonly cookie: { readonly name: string } }
  }
}

test('[18.35] production never drops them, nor does development over https or under another name', async () => {
  for (const [mode, issuer] of [
    ['production', 'https://auth.example.com'],
    ['production', 'http://localhost:5000'],
    ['production', 'http://127.0.0.1:5000'],
    ['development', 'https://localhost:5000'],
    ['development', 'https://dev.example'],
    ['development', 'http://dev.example'],
    ['development', 'http://localhost.example'],
    ['development', 'http://128.0.0.1'],
  ] as const) {
    await using server = await open(mode, issuer)
    const lines = await signIn(server, issuer)
    const out = await signOut(server, issuer, pairsOf(lines).join('; '))
    for (const line of [...lines, ...out])
      assert.match(line, /^__Host-countersign_\w+=.*; Path=\/;.*; Secure; SameSite=/, issuer)
  }
  const env = { COUNTERSIGN_TLS_CERTIFICATE_FILE: 'c.pem', COUNTERSIGN_TLS_KEY_FILE: 'k.pem' }
  const withTls = edgeOf(loadConfig({ mode: 'development', env }), 'http://localhost:5000')
  assert.equal(withTls.cookieNames.access, '__Host-countersign_access', 'it listens with TLS')
})

test('[18.35] a server never reads cookies under the names of the other mode, alone or beside its own', async () => {
  for (const [mode, issuer] of [
    ['production', 'https://auth.example.com'],
    ['production', 'http://localhost:5000'],
    ['development', 'http://localhost:5000'],
  ] as const) {
    await using server = await open(mode, issuer)
    const own = pairsOf(await signIn(server, issuer))
    const other = renamed(own) // good tokens, as an attacker has them who signs the victim in as themselves
    const alone = other.join('; ')
    assert.equal((await get(server, issuer, '/me', alone)).status, 401)
    assert.equal((await get(server, issuer, '/account', alone)).status, 303)
    assert.equal((await post(server, issuer, '/refresh', alone)).status, 401)
    assert.deepEqual((await post(server, issuer, '/logout', alone)).headers.getSetCookie(), [])
    const notice = `${mode === 'production' ? '' : '__Host-'}countersign_notice=signed_out`
    const page = await get(server, issuer, '/sign-in', notice)
    assert.doesNotMatch(await page.text(), /You are signed out/)

    const forged = other.map((pair) => `${pair.split('=')[0]}=forged`)
    for (const both of [
      [...forged, ...own],
      [...own, ...forged],
    ]) {
      assert.equal((await get(server, issuer, '/me', both.join('; '))).status, 200)
      assert.equal((await get(server, issuer, '/account', both.join('; '))).status, 200)
    }
    const refreshed = await post(server, issuer, '/refresh', [...forged, ...own].join('; '))
    assert.equal(refreshed.status, 200, 'and its own are used')
  }
})
