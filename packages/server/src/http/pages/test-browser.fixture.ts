import { cookieNamesOf } from '@countersign/guard'
import assert from 'node:assert/strict'
import type { Server } from '../../server-interface.ts'
import type { Peer } from '../client-address/client-address.ts'

/** A page as a browser without JavaScript sees it. */
export interface PageResult {
  readonly status: number
  readonly path: string
  readonly text: string
  readonly headers: Headers
  /** The Set-Cookie headers of the response, before redirects. */
  readonly lines: readonly string[]
}

/** A browser without JavaScript and without a window: it keeps cookies, follows redirects, and sends the headers that name a form's origin. */
export interface TestBrowser {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<PageResult>
  /** Submits a form; `headers` are those that name its origin. */
  send(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<PageResult>
  signIn(username?: string, password?: string): Promise<PageResult>
  readonly cookies: Map<string, string>
}

/** The headers of requests from pages of this site. */
export const sameOrigin = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' } as const

const ownUrl = 'http://localhost:5000'

/** The cookies of a development server. */
export const {
  access: accessCookie,
  refresh: refreshCookie,
  notice: noticeCookie,
  device: deviceCookie,
} = cookieNamesOf(ownUrl)

const html = { accept: 'text/html' }

/** Opens a browser on a server. */
export function openBrowser(server: Server, base = ownUrl, peer: Peer = {}): TestBrowser {
  const cookies = new Map<string, string>()
  async function request(method: string, path: string, init: RequestInit): Promise<PageResult> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const own = init.headers as Readonly<Record<string, string>>
    const headers = { ...html, cookie, ...own }
    const httpRequest = new Request(base + path, { ...init, method, headers })
    const answer = await server.fetch(httpRequest, peer)
    const lines = answer.headers.getSetCookie()
    for (const line of lines) keep(cookies, line, base)
    const to = answer.headers.get('location')
    if (to !== null && /^[a-z][a-z0-9.+-]*:/i.test(to))
      return { status: answer.status, path: to, text: '', headers: answer.headers, lines } // another site
    if (answer.status === 303 && to !== null)
      return {
        ...(await request('GET', to, { headers: { ...languageOf(own), ...sameOrigin } })),
        lines,
      }
    return {
      status: answer.status,
      path,
      text: await answer.text(),
      headers: answer.headers,
      lines,
    }
  }
  const send: TestBrowser['send'] = (path, fields, headers = sameOrigin) =>
    request('POST', path, { body: new URLSearchParams(fields), headers })
  return {
    cookies,
    get: (path, headers = {}) => request('GET', path, { headers }),
    send,
    signIn: (username = 'admin', password = 'password') => send('/sign-in', { username, password }),
  }
}

/** Returns the id of the user whom a page asks; empty if it asks nothing. */
export function askedUser({ text }: Pick<PageResult, 'text'>): string {
  return /name="user" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

/** Submits the form of a page that asks for consent. */
export function answerConsent(
  browser: TestBrowser,
  asked: PageResult,
  decision: 'allow' | 'deny',
): Promise<PageResult> {
  return browser.send(asked.path, { user: askedUser(asked), decision })
}

/** Returns the header of the language among others: a browser sends it with every request. */
function languageOf(headers: Readonly<Record<string, string>>) {
  const language = headers['accept-language']
  return language === undefined ? {} : { 'accept-language': language }
}

function keep(cookies: Map<string, string>, line: string, base: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  assert.ok(Object.values(cookieNamesOf(base)).includes(name), name)
  assert.equal(/; Secure\b/.test(line), name.startsWith('__Host-'), line)
  assert.match(line, /; HttpOnly\b/)
  assert.match(line, /; SameSite=(Lax|Strict)\b/)
  assert.match(line, /; Path=\/(;|$)/)
  assert.doesNotMatch(line, /Domain=/i)
  if (/Max-Age=0\b/.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}
