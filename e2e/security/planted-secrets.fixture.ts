import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { tampered } from '@countersign/testing/tokens'

/** The planted secrets by name. The tests search for each of them in plain and in the usual encodings. */
export type Planted = Map<string, string>

/** The outputs that are searched, by name. */
export type Outputs = Map<string, string>

/** Returns a secret in plain and in the usual encodings. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    JSON.stringify(secret).slice(1, -1),
  ]
}

/** Returns a line for each secret that an output contains. */
export function leaks(planted: Planted, outputs: Outputs): readonly string[] {
  return [...outputs].flatMap(([name, text]) =>
    [...planted]
      .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
      .map(([secret]) => `${secret} shows in ${name}`),
  )
}

/** Returns a new random password. */
export const newPassword = () => `planted ${randomBytes(9).toString('hex')} passphrase`

/** Creates a client that records its requests and the refused responses, and plants the tokens that it gets. */
export function recordingClient(url: string, planted: Planted) {
  let sent = ''
  let refused = ''
  async function send(path: string, init: RequestInit = {}) {
    sent += `${path} ${JSON.stringify(init)}\n`
    const response = await fetch(url + path, init)
    const text = await response.text()
    if (!response.ok) refused += `${[...response.headers].join('\n')}\n${text}\n`
    return { response, text }
  }
  async function tokens(name: string, path: string, body: unknown) {
    const { text } = await send(path, post(body))
    const { token = '', refresh_token = '' } = JSON.parse(text) as Record<string, string>
    assert.ok(token && refresh_token, `${path} answers ${text}`)
    plantToken(planted, `${name}: access token`, token)
    planted.set(`${name}: refresh token`, refresh_token)
    planted.set(`${name}: secret of the refresh token`, refresh_token.slice(-43))
    return { token, refresh_token }
  }
  return { send, tokens, sent: () => sent, refused: () => refused }
}

function plantToken(planted: Planted, name: string, token: string): void {
  const [, claims = '', signature = ''] = token.split('.')
  planted.set(name, token)
  planted.set(`${name}, its claims`, claims)
  planted.set(`${name}, its signature`, signature)
}

/** Returns a request with a JSON body. */
export function post(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text }
}

/** Returns a request with a bearer token. */
export const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

/** Sends a server every kind of request that carries a secret, valid and invalid. */
export async function exercise(url: string, planted: Planted, password: string) {
  const { send, tokens, sent, refused } = recordingClient(url, planted)
  const origin = { 'sec-fetch-site': 'same-origin' }
  const first = await tokens('sign-in', '/login', { username: 'ada', password })
  const next = await tokens('refresh', '/refresh', { refresh_token: first.refresh_token })
  await send('/me', bearer(next.token))
  await send('/me', bearer(tampered(next.token)))
  await send(`/me?access_token=${next.token}`)
  await send(`/${next.token}`)
  await send(`/sessions/${next.refresh_token}`, { method: 'DELETE', ...bearer(next.token) })
  const basic = btoa(`ada:${password}`)
  planted.set('basic credentials', basic)
  await send('/me', { headers: { authorization: `Basic ${basic}` } })
  await send('/me', { headers: { 'x-access-token': next.token, cookie: `other=${next.token}` } })
  await send('/refresh', post({ refresh_token: `${next.refresh_token}x` }))
  await send('/refresh', post({ refresh_token: next.token }))

  const wrong = newPassword()
  planted.set('wrong password', wrong)
  await send('/login', post({ username: 'ada', password: wrong }))
  await send('/login', post({ username: wrong, password: wrong }))
  await send('/login', post(`{"username":"ada","password":"${wrong}"`))
  await send('/login', post({ username: 'ada', password: wrong, [wrong]: wrong }))
  await send('/login', post({ username: 'ada', password: [wrong] }))
  await send('/register', post({ username: 'eva', password: wrong }))
  const change = { current_password: wrong, new_password: wrong }
  await send('/password/change', post(change, bearer(next.token).headers))

  const { response } = await send(
    '/login',
    post({ username: 'ada', password, cookies: true }, origin),
  )
  const cookies = response.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
  assert.equal(cookies.length, 3)
  cookies.forEach((one, at) => planted.set(`cookie ${at + 1}`, one.slice(one.indexOf('=') + 1)))
  const cookie = cookies.join('; ')
  await send('/me', { headers: { cookie, ...origin } })
  await send('/me', { headers: { cookie: `${cookie}x`, ...origin } })
  await send('/sessions', { method: 'DELETE', headers: { cookie, 'sec-fetch-site': 'cross-site' } })

  await send('/refresh', post({ refresh_token: 'csrt_none' }))
  await send('/logout', post({ refresh_token: next.refresh_token }))
  await send('/refresh', post({ refresh_token: next.refresh_token }))
  return { send, sent, refused }
}
