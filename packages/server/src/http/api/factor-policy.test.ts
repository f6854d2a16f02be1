import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import type { TestServer } from '../../testing.ts'
import { openBrowser } from '../pages/test-browser.fixture.ts'
import { password, request, type ApiResponse } from './api.fixture.ts'
import { codeIn, openWorld, prepare, type Prepared, type World } from './factor-world.fixture.ts'
import { post } from './oauth/oauth.fixture.ts'

// Every way to get or change a session, against every policy: none yields less than the policy requires.

const email = 'ada@example.com'
const next = 'cirrus over seven lakes'
const here = 'http://localhost:5000'

/** The outcome of a way to sign in: the authentication methods of the tokens, or the reason why it was refused. */
type Outcome = string

const onePassword = 'pwd'
const required = 'factor_required'
const enrol = 'factor_enrolment_required'
const missing = 'second_factor_missing'

/** The outcome of each way under each policy, in the order of {@link policies}. */
const expected: Readonly<Record<string, readonly Outcome[]>> = {
  // way: no policy, ada has a factor, her role requires one, everyone needs one
  'a password': [onePassword, required, enrol, enrol],
  'an address and a password': [onePassword, required, enrol, enrol],
  'a code by mail': ['otp', required, enrol, enrol],
  'a new password by mail': [onePassword, required, enrol, enrol],
  'a registration, by its user': [onePassword, onePassword, onePassword, enrol],
  'the sign-in page': ['/account', 'not signed in', 'not signed in', 'not signed in'],
  'an earlier access token': ['admitted', 'token_revoked', missing, missing],
  'an earlier session, refreshed': [onePassword, 'session_ended', missing, missing],
  'an earlier session, with another password': [onePassword, 'token_revoked', missing, missing],
  'an earlier session, stepped up by password': [onePassword, 'token_revoked', missing, missing],
  'an earlier session on a page': ['/account', '/sign-in', '/sign-in', '/sign-in'],
  'a new API token of an earlier session': ['made', 'token_revoked', missing, missing],
  'an earlier API token, exchanged': ['exchanged', ...Array<string>(3).fill('invalid_grant')],
  'an earlier grant of an application, refreshed': [
    onePassword,
    ...Array<string>(3).fill('invalid_grant'),
  ],
  'the code of an application, of an earlier session': [
    onePassword,
    ...Array<string>(3).fill('invalid_grant'),
  ],
  'the approval of an application by an earlier session': [
    'https://app.example/callback',
    '/sign-in',
    '/sign-in',
    '/sign-in',
  ],
}

const ways: Readonly<Record<keyof typeof expected, (world: World) => Promise<Outcome>>> = {
  'a password': ({ server }) => loginWith(server, { username: 'ada', password }),
  'an address and a password': ({ server }) => loginWith(server, { email, password }),
  async 'a code by mail'({ server }) {
    await request(server, 'POST /login/code', { body: { email } })
    return loginWith(server, { email, code: await codeIn(server) })
  },
  async 'a new password by mail'({ server }) {
    await request(server, 'POST /password/forgot', { body: { email } })
    const body = { email, code: await codeIn(server), new_password: next }
    assert.equal((await request(server, 'POST /password/reset', { body })).status, 204)
    return loginWith(server, { username: 'ada', password: next })
  },
  async 'a registration, by its user'({ server }) {
    const body = { username: 'bob', password }
    assert.equal((await request(server, 'POST /register', { body })).status, 201)
    return loginWith(server, body)
  },
  async 'the sign-in page'({ server }) {
    const browser = openBrowser(server)
    await browser.signIn('ada', password)
    const { path } = await browser.get('/account')
    return path === '/account' ? path : 'not signed in'
  },
  async 'an earlier access token'({ server, earlier: { token } }) {
    const { code } = await request(server, 'GET /me', { token })
    return code === undefined ? 'admitted' : String(code)
  },
  async 'an earlier session, refreshed'({ server, earlier }) {
    const body = { refresh_token: earlier.refreshToken }
    return outcomeOf(await request(server, 'POST /refresh', { body }))
  },
  async 'an earlier session, with another password'({ server, earlier: { token } }) {
    const body = { current_password: password, new_password: next }
    return outcomeOf(await request(server, 'POST /password/change', { body, token }))
  },
  async 'an earlier session, stepped up by password'({ server, earlier: { token } }) {
    return outcomeOf(await request(server, 'POST /me/step-up', { body: { password }, token }))
  },
  async 'an earlier session on a page'({ earlier }) {
    return pathOf(await earlier.browser.get('/account'))
  },
  async 'a new API token of an earlier session'({ server, earlier: { token } }) {
    const body = { name: 'backup', scopes: ['roles'] }
    const { code } = await request(server, 'POST /me/tokens', { body, token })
    return code === undefined ? 'made' : String(code)
  },
  async 'an earlier API token, exchanged'({ server, earlier }) {
    const { body } = await post(server, '/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
      subject_token: earlier.apiToken,
      audience: here,
    })
    return body['access_token'] === undefined ? String(body['error']) : 'exchanged'
  },
  async 'an earlier grant of an application, refreshed'({ earlier, flow }) {
    return methodsOf((await flow.refresh(earlier.grant)).body)
  },
  async 'the code of an application, of an earlier session'({ earlier, flow }) {
    return methodsOf((await flow.redeem(earlier.code)).body)
  },
  async 'the approval of an application by an earlier session'({ earlier, flow }) {
    const asked = await earlier.browser.get(flow.url({ prompt: 'consent' }))
    if (!asked.path.startsWith('/oauth')) return pathOf(asked)
    const user = /name="user" value="([^"]+)"/.exec(asked.text)?.[1] ?? ''
    const answered = await earlier.browser.send(asked.path, { user, decision: 'allow' })
    return String(answered.path.split('?')[0])
  },
}

const policies = [
  ['no policy', ''],
  ['ada has a factor', 'factor'],
  ['her role requires one', 'editor'],
  ['everyone needs one', '*'],
] as const

const folder = scratch()
after(() => folder[Symbol.dispose]())

for (const [column, [name, policy]] of policies.entries())
  suite(`[22.10] sign-ins and sessions: ${name}`, () => {
    const file = join(folder.path, `${column}.db`)
    let prepared: Prepared
    before(async () => {
      prepared = await prepare(file, policy)
    })
    for (const [index, [way, outcomes]] of Object.entries(expected).entries())
      test(`${way}: ${outcomes[column]}`, async () => {
        const copy = join(folder.path, `${column}-${index}.db`)
        copyFileSync(file, copy)
        const world = await openWorld(copy, policy, prepared)
        await using _ = world.server
        assert.equal(await ways[way]!(world), outcomes[column])
      })
  })

async function loginWith(server: TestServer, body: unknown): Promise<Outcome> {
  return outcomeOf(await request(server, 'POST /login', { body }))
}

function outcomeOf({ body, code }: Pick<ApiResponse, 'body' | 'code'>): Outcome {
  return code === undefined ? methodsOf({ access_token: body['token'] }) : String(code)
}

/** Returns the authentication methods of an access token, or the error of an OAuth endpoint. */
function methodsOf(body: Readonly<Record<string, unknown>>): Outcome {
  if (body['access_token'] === undefined) return String(body['error'])
  const payload = String(body['access_token']).split('.')[1] ?? ''
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { amr: string[] }
  return claims.amr.join(' ')
}

function pathOf({ path }: { readonly path: string }): string {
  return path.split('?')[0] ?? ''
}
