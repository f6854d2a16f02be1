import { testServer } from '@countersign/server/testing'
import { followProvider, upstreamClient } from '@countersign/testing/identity-providers'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import {
  accessCookie,
  openBrowser,
  type PageResult,
  type TestBrowser,
} from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import {
  startHostileProvider,
  type HostileProvider,
  type Twists,
} from './hostile-provider.fixture.ts'

const home = 'http://localhost:5000'
/** Returns the callback of the server at a provider. */
export const callbackOf = (name: string) => `${home}/login/with/${name}/callback`

/** A server with two providers, and what it logs. */
export async function openWorld(settings: Readonly<Record<string, string>> = {}) {
  const providers = {
    good: await startHostileProvider(callbackOf('good')),
    evil: await startHostileProvider(callbackOf('evil')),
  }
  const lines: string[] = []
  const write = (facts: object, message: string) =>
    void lines.push(JSON.stringify([facts, message]))
  const log = { info: write, warn: write, error: write }
  const env = Object.fromEntries(
    Object.entries(providers).flatMap(([name, { issuer }]) => {
      const prefix = `COUNTERSIGN_FEDERATION_${name.toUpperCase()}`
      return [
        [`${prefix}_ISSUER`, issuer],
        [`${prefix}_CLIENT_ID`, upstreamClient.id],
        [`${prefix}_CLIENT_SECRET`, upstreamClient.secret],
      ]
    }),
  )
  const all = { ...env, COUNTERSIGN_USERS_REGISTRATION: 'open', ...settings }
  const clock = fixedClock(Math.floor(Date.now() / 1000))
  const server = await testServer(all, clock, { log })
  for (const one of Object.values(providers)) one.now = () => server.clock.now()
  return {
    ...providers,
    lines,
    server,
    newBrowser: () => openBrowser(server),
    async [Symbol.asyncDispose]() {
      await server.close()
      for (const one of Object.values(providers)) await one[Symbol.asyncDispose]()
    },
  }
}

/** Begins a sign-in, and returns the URL of the provider. */
export async function begin(
  browser: TestBrowser,
  name: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const page = await browser.send(`/login/with/${name}`, fields)
  assert.equal(page.status, 200, page.text)
  const [, url = ''] = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(page.text) ?? []
  return url.replaceAll('&amp;', '&')
}

/** Visits the provider, and returns the path with which it sends the browser back. */
export async function visit(browser: TestBrowser, name: string, fields = {}): Promise<string> {
  const back = await followProvider(await begin(browser, name, fields))
  return back.pathname + back.search
}

/** Comes back from the provider with a path. */
export const comeBack = async (browser: TestBrowser, path: string): Promise<PageResult> =>
  browser.get(path, { 'sec-fetch-site': 'same-origin' })

/** Signs in while the provider twists its answers. */
export async function signInWith(provider: HostileProvider, twists: Twists, browser: TestBrowser) {
  provider.twists = twists
  const back = await visit(browser, 'evil')
  const answer = await comeBack(browser, back)
  provider.twists = {}
  return answer
}

/** Asserts that an answer was refused and signed no one in. */
export function assertRefused(browser: TestBrowser, answer: PageResult, status = 403): void {
  assert.equal(answer.status, status, answer.text)
  assert.equal(browser.cookies.has(accessCookie), false)
}
