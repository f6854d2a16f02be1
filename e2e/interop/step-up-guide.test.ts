import type { Session } from '@countersign/client'
import { testServer } from '@countersign/server/testing'
import { codeAt } from '@countersign/testing/authenticator'
import { importBlockBelow, serving, type App } from '@countersign/testing/guides'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'

interface Page {
  openSession(askUser: (question: string) => Promise<string | undefined>): Session
  transfer(session: Session, amount: string): Promise<number>
}

const minutes = 60
const origin = 'https://api.example.com'

for (const [at, framework] of ['Hono', 'Express'].entries()) {
  test(`the page of the guide transfers money at its API in ${framework}, with one code`, async (t) => {
    const clock = fixedClock(Math.floor(Date.now() / 1000) - 10 * minutes)
    const env = { COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' }
    await using server = await testServer(env, clock)
    const platform = globalThis.fetch
    t.after(() => (globalThis.fetch = platform))
    let api = ''
    globalThis.fetch = async (input, init) => {
      const request = new Request(input, init)
      if (request.url.startsWith(env.COUNTERSIGN_ISSUER_URL)) return server.fetch(request)
      return platform(new Request(request.url.replace(origin, api), request))
    }
    const { app } = await importBlockBelow<{ app: App }>('step-up.md', 'The API', at + 1)
    await using served = await serving(app)
    api = served.url
    const { openSession, transfer } = await importBlockBelow<Page>('step-up.md', 'The page')

    const questions: string[] = []
    let answer: () => string | undefined = () => undefined
    using session = openSession(async (question) => {
      questions.push(question)
      return answer()
    })
    await session.signIn({ username: 'admin', password: 'password' })
    const body = { current_password: 'password' }
    const { secret } = await session.call('POST /me/factors/totp', { body })
    const code = () => codeAt(secret, clock.now())
    await session.call('POST /me/factors/totp/confirm', { body: { code: code() } })
    clock.advance(10 * minutes)
    assert.equal(await transfer(session, '100'), 401, 'the user declines')
    answer = code
    assert.equal(await transfer(session, '100'), 201)
    assert.equal(await transfer(session, '200'), 201)
    assert.equal(questions.length, 2)
  })
}
