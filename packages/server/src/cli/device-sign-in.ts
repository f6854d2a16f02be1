import { isLoopback, type Seconds } from '@countersign/token/internal'
import { setTimeout } from 'node:timers/promises'
import { deviceGrant } from '../domain/clients/client.ts'
import { fail } from '../failures.ts'
import { printable, printNotice } from './terminal.ts'

// The part of a program in the device grant (RFC 8628), against the paths of a Countersign server.

/** A server and the application that signs in to it. */
export interface SignInAt {
  readonly issuer: string
  readonly client: string
}

/** Tokens as a server issued them; `expires_in` is in seconds. */
export interface IssuedTokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
}

/** Checks the URL of a server: https, or http to this machine, without a slash at its end. Fails with `argument_invalid`. */
export function parseServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (url && isSafe && !/[?#@]/.test(text)) return text.replace(/\/+$/, '')
  throw fail('argument_invalid', { detail: '--issuer must be the https URL of a server' })
}

/** Signs a user in on another device: prints where and with which code, and asks until the user has answered. Fails with `sign_in_failed`. */
export async function signInByDevice(
  at: SignInAt,
  asked: { readonly scope: string | undefined; readonly resource: string | undefined },
): Promise<IssuedTokens> {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined)
  const begun = await post(at, '/oauth/device', Object.fromEntries(given) as Record<string, string>)
  if (!begun.ok) throw refusal(begun)
  const { device_code, user_code, verification_uri, verification_uri_complete } = begun.body
  printNotice(`Open ${printable(String(verification_uri))} in a browser and enter the code`)
  printNotice(`\n  ${printable(String(user_code))}\n`)
  printNotice(`or open ${printable(String(verification_uri_complete))}`)
  let interval: Seconds = Number(begun.body['interval'] ?? 5) // RFC 8628, section 3.2
  for (;;) {
    await setTimeout(interval * 1000)
    const grant = { grant_type: deviceGrant, device_code: String(device_code) }
    const answer = await post(at, '/oauth/token', grant)
    if (answer.ok) return tokensOf(answer.body)
    const { error } = answer.body
    if (error === 'slow_down') interval += 5
    else if (error !== 'authorization_pending') throw refusal(answer)
  }
}

/** Exchanges a refresh token. Fails with `sign_in_failed`. */
export async function refreshSignIn(at: SignInAt, refresh_token: string): Promise<IssuedTokens> {
  const answer = await post(at, '/oauth/token', { grant_type: 'refresh_token', refresh_token })
  if (answer.ok) return tokensOf(answer.body)
  throw refusal(answer)
}

/** Revokes a refresh token with all that was issued by it. Fails with `sign_in_failed`. */
export async function revokeSignIn(at: SignInAt, token: string): Promise<void> {
  const answer = await post(at, '/oauth/revoke', { token })
  if (!answer.ok) throw refusal(answer)
}

interface Answer {
  readonly ok: boolean
  readonly body: Readonly<Record<string, unknown>>
}

async function post(
  { issuer, client }: SignInAt,
  path: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Answer> {
  try {
    const body = new URLSearchParams({ client_id: client, ...parameters })
    const response = await fetch(issuer + path, { method: 'POST', body, redirect: 'error' })
    const text = await response.text()
    const read: unknown = text === '' ? {} : JSON.parse(text)
    return { ok: response.ok, body: read as Answer['body'] } // each member is checked where it is used
  } catch (cause) {
    throw fail('sign_in_failed', { detail: 'the server does not answer as one of OAuth', cause })
  }
}

function tokensOf(body: Answer['body']): IssuedTokens {
  const { access_token, refresh_token, expires_in } = body
  if (typeof access_token === 'string' && typeof refresh_token === 'string')
    return { access_token, refresh_token, expires_in: Number(expires_in) }
  throw fail('sign_in_failed', { detail: 'the server sent no tokens' })
}

const maxQuoted = 200 // characters

function refusal({ body }: Answer) {
  const { error, error_description: description } = body
  const why = [error, description].filter((one) => typeof one === 'string').join(': ')
  const advice = /^(invalid|unauthorized)_client$/.test(String(error))
    ? '; --client must be the id of a public application with the grant of devices, see `countersign client list` on the server'
    : ''
  const detail = printable(why.slice(0, maxQuoted)) || 'it was refused'
  return fail('sign_in_failed', { detail: `${detail}${advice}` })
}
