import assert from 'node:assert/strict'
import { fixedClock } from '@countersign/token/testing'
import { authenticator } from '../../packages/server/src/http/api/factors.fixture.ts'
import { bearer, post, recordingClient, type Planted } from './planted-secrets.fixture.ts'

/** The secrets that a user of second factors has seen once. */
export interface SeenFactors {
  /** The key of the application in base32, as bytes and in hexadecimal. */
  readonly key: readonly (string | Buffer)[]
  /** The recovery codes, with and without hyphens. */
  readonly recoveryCodes: readonly string[]
  /** The secrets of sign-ins that waited for their second step. */
  readonly signIns: readonly string[]
}

/** Adds an application for a user over HTTP, signs in with a recovery code, and returns the secrets of it. */
export async function useFactors(
  url: string,
  username: string,
  password: string,
  send: (path: string, init: RequestInit) => Promise<{ readonly text: string }> = plainly(url),
): Promise<SeenFactors> {
  const read = async (path: string, body: unknown, token?: string) => {
    const headers = token === undefined ? {} : bearer(token).headers
    const { text } = await send(path, post(body, headers))
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  }
  const { token } = await read('/login', { username, password })
  const current = { current_password: password }
  const { secret } = await read('/me/factors/totp', current, String(token))
  const clock = fixedClock(Math.floor(Date.now() / 1000))
  const confirmation = { code: authenticator({ clock }, secret)() }
  const added = await read('/me/factors/totp/confirm', confirmation, String(token))
  const codes = added['recovery_codes'] as readonly string[]
  assert.equal(codes.length, 10, JSON.stringify(added))

  const begin = async () => {
    const answer = await (await fetch(`${url}/login`, post({ username, password }))).json()
    return String((answer as Readonly<Record<string, unknown>>)['sign_in']) // it is meant to be in this answer
  }
  const [wrong, right] = [await begin(), await begin()]
  await read('/login/factor', { sign_in: wrong, code: '123 456' })
  await read('/login/factor', { sign_in: wrong, recovery_code: 'plan-tedw-rong-code' })
  await read('/login/factor', { sign_in: [wrong], code: codes[2] })
  const signedIn = await read('/login/factor', { sign_in: right, recovery_code: codes[0] })
  assert.ok(signedIn['token'], JSON.stringify(signedIn))
  await read('/login/factor', { sign_in: right, recovery_code: codes[1] })
  await read('/me/step-up', { recovery_code: codes[0] }, String(signedIn['token']))
  const bytes = bytesOf(String(secret))
  return {
    key: [String(secret), bytes, bytes.toString('hex')],
    recoveryCodes: codes.flatMap((one) => [one, one.replaceAll('-', '')]),
    signIns: [wrong, right],
  }
}

/** Decodes base32 (RFC 4648, section 6). */
function bytesOf(base32: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...base32].map((one) => letters.indexOf(one).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((one) => parseInt(one, 2)))
}

function plainly(url: string) {
  return async (path: string, init: RequestInit) => ({
    text: await (await fetch(url + path, init)).text(),
  })
}

/** Sends a server every kind of request that carries a second factor, and plants its secrets. */
export async function exerciseFactors(
  url: string,
  planted: Planted,
  username: string,
  password: string,
) {
  const { send, sent, refused } = recordingClient(url, planted)
  const { key, recoveryCodes, signIns } = await useFactors(url, username, password, send)
  planted.set('key of an application', String(key[0]))
  planted.set('key of an application, in hexadecimal', String(key[2]))
  planted.set('wrong recovery code', 'plan-tedw-rong-code')
  recoveryCodes.forEach((one, at) => planted.set(`recovery code ${at}`, one))
  signIns.forEach((one, at) => planted.set(`pending sign-in ${at}`, one))
  return { sent, refused }
}
