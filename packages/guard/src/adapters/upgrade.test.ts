import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import type { Guard } from '../index.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'
import { upgradeGuard, type UpgradeHandler } from './node.ts'
import { listen } from './serve.fixture.ts'
import type { Principal } from '../principal.ts'

const issuer = createTestIssuer()

/** Sends an upgrade request, keeps its own side open, and returns everything that the server sends until it closes. */
async function upgrade(guard: Guard, handler: UpgradeHandler<Principal>, token?: string) {
  const server = createServer().on('upgrade', upgradeGuard(guard, { scopes: ['chat'] }, handler))
  await using served = await listen(server)
  const socket = connect({
    port: Number(new URL(served.url).port),
    host: '127.0.0.1',
    allowHalfOpen: true,
  })
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  socket.write(
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: test\r\n${authorization}\r\n`,
  )
  const chunks = await socket.toArray()
  const [left] = await new Promise<number[]>((resolve) => {
    server.getConnections((_, count) => setImmediate(() => resolve([count])))
  })
  socket.destroy()
  return { text: Buffer.concat(chunks).toString(), left }
}

const never: UpgradeHandler<Principal> = () => assert.fail('it was refused')
const printed = (t: TestContext) => t.mock.method(console, 'error', () => undefined).mock

suite('[18.27] an upgrade request', () => {
  test('without a token gets a complete refusal, and no half of the connection is kept', async () => {
    const { text, left } = await upgrade(issuer.guard(), never)
    assert.match(text, /^HTTP\/1.1 401 Unauthorized\r\n/)
    assert.match(text, /\r\nwww-authenticate: Bearer scope="chat"\r\n/)
    assert.match(text, /"code":"token_missing"/)
    assert.equal(left, 0)
  })

  test('that lacks a scope is refused with 403', async () => {
    const { text } = await upgrade(issuer.guard(), never, issuer.token())
    assert.match(text, /^HTTP\/1.1 403 Forbidden\r\n/)
  })

  test('that is allowed reaches the handler, with its principal', async () => {
    const guard = issuer.guard()
    const handler: UpgradeHandler<Principal> = (request, socket, head, principal) => {
      assert.equal(guard.principalOf(request), principal)
      socket.end(`${principal.subject} ${head.length}`)
    }
    const { text } = await upgrade(guard, handler, issuer.token({ scope: 'chat' }))
    assert.equal(text, 'ada 0')
  })

  test('whose guard fails is answered with 500, and the error is printed', async (t) => {
    const mock = printed(t)
    const onRefusal = () => assert.fail('a bug')
    const { text } = await upgrade(issuer.guard({ onRefusal }), never)
    assert.match(text, /^HTTP\/1.1 500 Internal Server Error\r\n/)
    assert.equal(mock.callCount(), 1)
  })

  test('whose handler fails is closed, and the error is printed', async (t) => {
    const mock = printed(t)
    const token = issuer.token({ scope: 'chat' })
    const { text, left } = await upgrade(issuer.guard(), async () => assert.fail('a bug'), token)
    assert.deepEqual([text, left, mock.callCount()], ['', 0, 1])
  })
})
