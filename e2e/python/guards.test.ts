// The guards for Flask and Django answer as our guard for node:http does, to the same requests and by the same issuer.
import { createGuard, type Guard } from '@countersign/guard'
import { nodeGuard } from '@countersign/guard/node'
import { serving } from '@countersign/testing/guides'
import { freePort } from '@countersign/testing/http'
import { start, type Running } from '@countersign/testing/process'
import { askPython, ownPackage, python, pythonLacks } from '@countersign/testing/python'
import { tampered } from '@countersign/testing/tokens'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import {
  startRemoteIssuer,
  type RemoteIssuer,
} from '../../packages/guard/src/testing/remote-issuer.fixture.ts'
import { ask, middlewareProgram, program } from './guards.fixture.ts'

interface Case {
  readonly name: string
  readonly path?: string
  readonly headers: readonly string[]
  readonly status: number
}

const lacks = pythonLacks('python3-jwt', 'python3-cryptography', 'python3-flask', 'python3-django')

suite('the guards for Flask and Django', { skip: lacks }, () => {
  let remote: RemoteIssuer
  let processes: Running
  const urls = { flask: '', django: '', node: '' }
  const guards: Guard[] = []
  const cleanUp: (() => Promise<void>)[] = []

  before(async () => {
    remote = await startRemoteIssuer()
    const { url, audience, clock } = remote.issuer
    const [flask, django, dead] = [await freePort(), await freePort(), await freePort()]
    const places = {
      ISSUER: url,
      DEAD: `http://127.0.0.1:${dead}`,
      MISNAMED: url.replace('127.0.0.1', 'localhost'),
    }
    const guardOf = (issuer: string) => {
      const guard = createGuard({
        issuer,
        audience,
        clock,
        revocation: 'feed',
        missingStatus: 403,
        onEvent: () => undefined,
      })
      guards.push(guard)
      return guard
    }
    const [own, silent, misnamed] = [
      guardOf(places.ISSUER),
      guardOf(places.DEAD),
      guardOf(places.MISNAMED),
    ]
    const handler = (
      _: unknown,
      response: { end(text: string): void },
      { subject }: { subject: string },
    ) => response.end(JSON.stringify({ sub: subject }))
    const routes = {
      '/open': nodeGuard(own, undefined, handler),
      '/scope': nodeGuard(own, { scopes: ['notes:read'] }, handler),
      '/role': nodeGuard(own, { roles: ['admin'] }, handler),
      '/dead': nodeGuard(silent, undefined, handler),
      '/misnamed': nodeGuard(misnamed, undefined, handler),
    }
    const node = await serving(
      (incoming, response) => void routes[incoming.url as keyof typeof routes](incoming, response),
    )
    cleanUp.push(() => node[Symbol.asyncDispose]())
    const env = {
      ...ownPackage,
      ...places,
      AUDIENCE: audience,
      NOW: String(clock.now()),
      FLASK: String(flask),
      DJANGO: String(django),
    }
    processes = await start([python, '-c', program], { env, ready: /Running on[^]*Running on/ })
    Object.assign(urls, {
      flask: `http://127.0.0.1:${flask}`,
      django: `http://127.0.0.1:${django}`,
      node: node.url,
    })
  })

  after(async () => {
    for (const guard of guards) guard.close()
    await processes.stop()
    for (const end of cleanUp) await end()
    await remote[Symbol.asyncDispose]()
  })

  /** Asks all three for the same, and returns the one answer that they must give. */
  async function agreed({ name, path = 'open', headers, status }: Case) {
    const expected = await ask(urls.node, path, headers)
    assert.equal(expected.status, status, name)
    for (const framework of ['flask', 'django'] as const)
      assert.deepEqual(await ask(urls[framework], path, headers), expected, `${framework}: ${name}`)
    return expected
  }

  test('answer every request as the guard for node:http: status, headers and body', async () => {
    const { issuer } = remote
    const good = issuer.token({ scope: 'notes:read', roles: ['admin', 'editor'] })
    const bearer = (token: string) => [`Bearer ${token}`]
    const elsewhere = (uri: string, idx: unknown = 1) =>
      issuer.token({ status: { status_list: { idx, uri } } })
    const faults = [
      'from the future',
      'of another audience',
      'of another issuer',
      'of another key',
      'of an unknown key',
      'of another type',
      'bound to a key',
      'tampered with',
      'unsigned',
      'cut off',
      'opaque',
    ] as const
    const cases: readonly Case[] = [
      { name: 'a good token', headers: bearer(good), status: 200 },
      { name: 'the scheme in other letters', headers: [`bEARER   ${good}`], status: 200 },
      { name: 'a scope', path: 'scope', headers: bearer(good), status: 200 },
      { name: 'a role', path: 'role', headers: bearer(good), status: 200 },
      { name: 'no header', headers: [], status: 403 },
      { name: 'no header, a scope required', path: 'scope', headers: [], status: 403 },
      { name: 'an empty header', headers: [''], status: 403 },
      { name: 'another scheme', headers: ['Basic YWRhOnB3'], status: 403 },
      { name: 'a longer scheme', headers: [`Bearerish ${good}`], status: 403 },
      { name: 'the scheme alone', headers: ['Bearer'], status: 400 },
      { name: 'two words', headers: [`Bearer ${good} more`], status: 400 },
      { name: 'two tokens', headers: [`Bearer ${good}, Bearer ${good}`], status: 400 },
      { name: 'an expired token', headers: bearer(issuer.badToken('expired')), status: 401 },
      ...faults.map((name) => ({ name, headers: bearer(issuer.badToken(name)), status: 401 })),
      { name: 'a changed signature', headers: bearer(tampered(good)), status: 401 },
      { name: 'letters beyond ASCII', headers: ['Bearer \u00e9.\u00e9.\u00e9'], status: 401 },
      { name: 'no status', headers: bearer(issuer.token({ status: undefined })), status: 401 },
      {
        name: 'a list of another site',
        headers: bearer(elsewhere('https://evil.example/1')),
        status: 401,
      },
      {
        name: 'a list above the issuer',
        headers: bearer(elsewhere(`${issuer.url}/../1`)),
        status: 401,
      },
      {
        name: 'a list with a query',
        headers: bearer(elsewhere(`${issuer.url}/status-lists/1?x`)),
        status: 401,
      },
      {
        name: 'an index outside of the list',
        headers: bearer(elsewhere(`${issuer.url}/status-lists/1`, 2 ** 20)),
        status: 401,
      },
      {
        name: 'an index as text',
        headers: bearer(elsewhere(`${issuer.url}/status-lists/1`, '1')),
        status: 401,
      },
      {
        name: 'a list that does not exist',
        headers: bearer(elsewhere(`${issuer.url}/status-lists/2`)),
        status: 503,
      },
      {
        name: 'no scope',
        path: 'scope',
        headers: bearer(issuer.token({ scope: 'notes:write' })),
        status: 403,
      },
      {
        name: 'no role',
        path: 'role',
        headers: bearer(issuer.token({ roles: ['editor'] })),
        status: 403,
      },
      { name: 'no connection to the issuer', path: 'dead', headers: bearer(good), status: 503 },
      { name: 'metadata of another name', path: 'misnamed', headers: bearer(good), status: 500 },
    ]
    for (const one of cases) await agreed(one)
  })

  test('refuse a revoked token by the feed, and one that was revoked while they could not hear of it', async () => {
    const { issuer } = remote
    const [first, second] = [issuer.token(), issuer.token()]
    const isRefused = async (token: string) => {
      const from = Date.now()
      for (const framework of ['flask', 'django', 'node'] as const)
        while ((await ask(urls[framework], 'open', [`Bearer ${token}`])).status === 200) {
          assert.ok(Date.now() - from < 60_000, `${framework} still accepts it`)
          await setTimeout(5)
        }
    }
    for (const token of [first, second])
      await agreed({ name: 'not yet', headers: [`Bearer ${token}`], status: 200 })
    await issuer.revoke(first)
    await isRefused(first)
    await agreed({ name: 'revoked', headers: [`Bearer ${first}`], status: 401 })

    remote.cable('cut')
    await issuer.revoke(second)
    remote.cable('whole')
    await isRefused(second)
    await agreed({ name: 'still revoked', headers: [`Bearer ${first}`], status: 401 })
  })

  test('ask for unknown keys once in a while, however many tokens name one', async () => {
    const { issuer } = remote
    const requests = issuer.keyRequests
    for (let n = 0; n < 20; n++)
      await ask(urls.flask, 'open', [`Bearer ${issuer.badToken('of an unknown key')}`])
    assert.ok(issuer.keyRequests - requests <= 1)
  })

  test('the middleware for Django guards every view, and misspelt requirements are refused at the start', async () => {
    const { url, audience, clock } = remote.issuer
    const found = await askPython(middlewareProgram, {
      issuer: url,
      audience,
      now: clock.now(),
      token: remote.issuer.token(),
    })
    assert.deepEqual(found, { none: 403, good: 'ada', misspelt: 'TypeError', unknown: 'TypeError' })
  })
})
