import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestServer } from '../../testing.ts'
import { request, signIn, password, withAda } from './api.fixture.ts'
import { openBrowser } from '../pages/test-browser.fixture.ts'

/** Makes a body whose last byte arrives only after `finish`; `read` resolves once a reader has the rest. */
function late(text: string) {
  const [read, seen] = [Promise.withResolvers<void>(), { read: false }]
  const sent = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        stream.enqueue(Buffer.from(text.slice(0, -1)))
        seen.read = true
        read.resolve()
        await sent.promise
        stream.enqueue(Buffer.from(text.slice(-1)))
        stream.close()
      },
    },
    { highWaterMark: 0 },
  )
  return { body, seen, read: read.promise, finish: sent.resolve }
}

/** Sends a request whose body is not complete yet. */
function begin(
  server: TestServer,
  line: string,
  text: string,
  headers: Readonly<Record<string, string>>,
) {
  const [method = '', path = ''] = line.split(' ')
  const { body, read, finish } = late(text)
  const init = { method, headers, body, duplex: 'half' } as RequestInit
  const answer = server.fetch(new Request(`http://localhost:5000${path}`, init))
  return {
    answer,
    underWay: Promise.race([
      read,
      answer.then(() => assert.fail('answered before the body was complete')),
    ]),
    async finish() {
      finish()
      const response = await answer
      const { code } = (await response.json()) as { code?: string }
      return [response.status, code]
    },
  }
}

const falls = {
  demoted: (id: string) => ({ line: `PATCH /admin/users/${id}`, body: { roles: [] } }),
  disabled: (id: string) => ({ line: `POST /admin/users/${id}/disable` }),
  deleted: (id: string) => ({ line: `DELETE /admin/users/${id}` }),
  'signed out': (id: string) => ({ line: `DELETE /admin/users/${id}/sessions` }),
}
const backdoor = {
  username: 'backdoor',
  password: 'seven words of no known song',
  roles: ['admin'],
}
const json = { 'content-type': 'application/json' }

for (const [how, fall] of Object.entries(falls))
  test(`an administrator who is ${how} while a body is arriving changes nothing with it`, async () => {
    const { server, token, id } = await withAda()
    await using _ = server
    await request(server, `PATCH /admin/users/${id}`, { token, body: { roles: ['admin'] } })
    const authorization = `Bearer ${await signIn(server, 'ada', password)}`
    const bodies = {
      'POST /admin/users': backdoor,
      'POST /admin/invitations': { roles: ['admin'] },
      [`PATCH /admin/users/${id}`]: { roles: ['admin'] },
      'POST /admin/keys': { compromised: true },
    }
    const begun = Object.entries(bodies).map(([line, body]) =>
      begin(server, line, JSON.stringify(body), { ...json, authorization }),
    )
    for (const { underWay } of begun) await underWay
    const { line, ...rest } = { body: undefined, ...fall(id) }
    assert.ok((await request(server, line, { token, ...rest })).status < 300)
    for (const one of begun) assert.deepEqual(await one.finish(), [401, 'token_revoked'])
    const { body } = await request(server, 'GET /admin/users?search=backdoor', { token })
    assert.deepEqual(body['users'], [])
    const { body: invited } = await request(server, 'GET /admin/invitations', { token })
    assert.deepEqual(invited['invitations'], [])
  })

for (const [how, fall] of Object.entries(falls))
  test(`an administrator who is ${how} while a form is arriving changes nothing with it`, async () => {
    const { server, token, id } = await withAda()
    await using _ = server
    await request(server, `PATCH /admin/users/${id}`, { token, body: { roles: ['admin'] } })
    const ada = openBrowser(server)
    await ada.signIn('ada', password)
    const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { username, password: new_password } = backdoor
    const fields = { username, new_password, email: '', roles: 'admin' }
    const one = begin(server, 'POST /console/users/add', String(new URLSearchParams(fields)), {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'navigate',
      accept: 'text/html',
      cookie,
    })
    await one.underWay
    const { line, ...change } = { body: undefined, ...fall(id) }
    assert.ok((await request(server, line, { token, ...change })).status < 300)
    server.clock.advance(25) // by now a second refresh with the same token would count as theft
    one.finish().catch(() => {}) // a page is not JSON
    const response = await one.answer
    if (how === 'demoted') assert.equal(response.status, 403)
    else assert.match(response.headers.get('location') ?? '', /^\/sign-in\?/)
    assert.doesNotMatch(response.headers.get('location') ?? '', /console\/users\/u_/)
    const { body } = await request(server, 'GET /admin/users?search=backdoor', { token })
    assert.deepEqual(body['users'], [])
  })

test('the body of a refused caller is not read', async () => {
  const { server } = await withAda()
  await using _ = server
  const ada = await signIn(server, 'ada', password)
  const form = {
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'navigate',
  }
  const senders = [
    ['/admin/users', json, 401],
    ['/admin/users', { ...json, authorization: `Bearer ${ada}` }, 403],
    ['/console/users/add', form, 303],
    ['/sign-in', { ...form, 'sec-fetch-site': 'cross-site' }, 403],
  ] as const
  for (const [path, headers, status] of senders) {
    const { body, seen } = late('{}')
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
    const response = await server.fetch(new Request(`http://localhost:5000${path}`, init))
    assert.deepEqual([response.status, seen.read], [status, false], path)
  }
})
