import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { tampered } from '@countersign/testing/tokens'

/** Secrets by what they are. Each is searched for as it is, and as the usual encodings would show it. */
export type Planted = Map<string, string>

/** Where something could show: a name, and all its text. */
export type PerNetworkQuota = Map<string, string>

/** A secret as it is, and as the usual encodings would show it. */
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

/** Which secret shows where. */
export function leaks(planted: Planted, places: PerNetworkQuota): readonly string[] {
  return [...places].flatMap(([place, text]) =>
    [...planted]
      .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
      .map(([name]) => `${name} shows in ${place}`),
  )
}

/** A password that nobody else uses. */
export const newPassword = () => `planted ${randomBytes(9).toString('hex')} passphrase`

/** Sends requests, keeps what was sent and what came back, and plants the tokens that came. */
export function visitor(url: string, planted: Planted) {
  let sent = ''
  let refused = ''
  async function ask(path: string, init: RequestInit = {}) {
    sent += `${path} ${JSON.stringify(init)}\n`
    const response = await fetch(url + path, init)
    const text = await response.text()
    if (!response.ok) refused += `${[...response.headers].join('\n')}\n${text}\n`
    return { response, text }
  }
  async function tokens(name: string, path: string, body: unknown) {
    const { text } = await ask(path, post(body))
    const { token = '', refresh_token = '' } = JSON.parse(text) as Record<string, string>
    assert.ok(token && refresh_token, `${path} answers ${text}`)
    plantToken(planted, `${name}: access token`, token)
    planted.set(`${name}: refresh token`, refresh_token)
    planted.set(`${name}: secret of the refresh token`, refresh_token.slice(-43))
    return { token, refresh_token }
  }
  return { ask, tokens, sent: () => sent, refused: () => refused }
}

function plantToken(planted: Planted, name: string, token: string): void {
  const [, claims = '', signature = ''] = token.split('.')
  planted.set(name, token)
  planted.set(`${name}, its claims`, claims)
  planted.set(`${name}, its signature`, signature)
}

/** A request with a JSON body. */
export function post(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text }
}

/** A request with a token. */
export const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

/** Everything that people and programs do to a server with secrets in hand, rightly and wrongly. */
export async function visit(url: string, planted: Planted, password: string) {
  const { ask, tokens, sent, refused } = visitor(url, planted)
  const origin = { 'sec-fetch-site': 'same-origin' }
  const first = await tokens('sign-in', '/login', { username: 'ada', password })
  const next = await tokens('refresh', '/refresh', { refresh_token: first.refresh_token })
  await ask('/me', bearer(next.token))
  await ask('/me', bearer(tampered(next.token)))
  await ask(`/me?access_token=${next.token}`)
  await ask(`/${next.token}`)
  await ask(`/sessions/${next.refresh_token}`, { method: 'DELETE', ...bearer(next.token) })
  const basic = btoa(`ada:${password}`)
  planted.set('basic credentials', basic)
  await ask('/me', { headers: { authorization: `Basic ${basic}` } })
  await ask('/me', { headers: { 'x-access-token': next.token, cookie: `other=${next.token}` } })
  await ask('/refresh', post({ refresh_token: `${next.refresh_token}x` }))
  await ask('/refresh', post({ refresh_token: next.token }))

  const wrong = newPassword()
  planted.set('wrong password', wrong)
  await ask('/login', post({ username: 'ada', password: wrong }))
  await ask('/login', post({ username: wrong, password: wrong }))
  await ask('/login', post(`{"username":"ada","password":"${wrong}"`))
  await ask('/login', post({ username: 'ada', password: wrong, [wrong]: wrong }))
  await ask('/login', post({ username: 'ada', password: [wrong] }))
  await ask('/register', post({ username: 'eva', password: wrong }))
  const change = { current_password: wrong, new_password: wrong }
  await ask('/password/change', post(change, bearer(next.token).headers))

  const { response } = await ask(
    '/login',
    post({ username: 'ada', password, cookies: true }, origin),
  )
  const cookies = response.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
  assert.equal(cookies.length, 2)
  cookies.forEach((one, at) => planted.set(`cookie ${at + 1}`, one.slice(one.indexOf('=') + 1)))
  const cookie = cookies.join('; ')
  await ask('/me', { headers: { cookie, ...origin } })
  await ask('/me', { headers: { cookie: `${cookie}x`, ...origin } })
  await ask('/sessions', { method: 'DELETE', headers: { cookie, 'sec-fetch-site': 'cross-site' } })

  await ask('/refresh', post({ refresh_token: 'csrt_none' }))
  await ask('/logout', post({ refresh_token: next.refresh_token }))
  await ask('/refresh', post({ refresh_token: next.refresh_token }))
  return { ask, sent, refused }
}
