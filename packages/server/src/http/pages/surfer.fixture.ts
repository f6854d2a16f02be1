import assert from 'node:assert/strict'
import type { Server } from '../../compose.ts'
import type { Peer } from '../client-address/client-address.ts'

/** An answer as somebody without script sees it. */
export interface Seen {
  readonly status: number
  readonly path: string
  readonly text: string
  readonly headers: Headers
  /** The Set-Cookie lines of the last answer. */
  readonly lines: readonly string[]
}

/** A browser without script and without a window: it keeps cookies, follows redirects, and says from where it sends a form. */
export interface Surfer {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Seen>
  /** Sends a form; `site` is what the browser says of where it comes from. */
  send(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Seen>
  signIn(username?: string, password?: string): Promise<Seen>
  readonly cookies: Map<string, string>
}

/** Headers of what a page of this site sends. */
export const fromHere = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' } as const

const html = { accept: 'text/html' }

/** Makes a surfer of a server. */
export function surf(server: Server, base = 'http://localhost:5000', peer: Peer = {}): Surfer {
  const cookies = new Map<string, string>()
  async function ask(method: string, path: string, init: RequestInit): Promise<Seen> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...html, cookie, ...(init.headers as Readonly<Record<string, string>>) }
    const request = new Request(base + path, { ...init, method, headers })
    const answer = await server.fetch(request, peer)
    const lines = answer.headers.getSetCookie()
    for (const line of lines) keep(cookies, line)
    const to = answer.headers.get('location')
    if (answer.status === 303 && to !== null)
      return { ...(await ask('GET', to, { headers: fromHere })), lines }
    return {
      status: answer.status,
      path,
      text: await answer.text(),
      headers: answer.headers,
      lines,
    }
  }
  const send: Surfer['send'] = (path, fields, headers = fromHere) =>
    ask('POST', path, { body: new URLSearchParams(fields), headers })
  return {
    cookies,
    get: (path, headers = {}) => ask('GET', path, { headers }),
    send,
    signIn: (username = 'admin', password = 'password') => send('/sign-in', { username, password }),
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  assert.match(
    line,
    /^__Host-[^=]+=[^;]*;.*\bSecure\b/,
    'every cookie of a page is this host’s alone',
  )
  assert.match(line, /; HttpOnly\b/)
  assert.match(line, /; SameSite=(Lax|Strict)\b/)
  assert.match(line, /; Path=\/(;|$)/)
  assert.doesNotMatch(line, /Domain=/i)
  if (/Max-Age=0\b/.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}
