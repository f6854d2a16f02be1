import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, start, type Running } from '@countersign/testing/process'

const folder = scratch()
const canary = 'Canary7f3a'

suite('invalid input gets a precise refusal over a real socket', () => {
  let port: number
  let running: Running

  before(async () => {
    port = await freePort()
    const env = {
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
    }
    running = await start([...countersign, 'dev'], { env })
  })
  after(async () => {
    await running.stop()
    folder[Symbol.dispose]()
  })

  /** Writes raw bytes to the port, and returns the response. */
  async function raw(request: string | Buffer) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(request) // not end(): a client that half-closes early gets no response
    const answer = await text(socket)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    return { status: Number(head.split(' ')[1]), head, body }
  }

  const login = (body: string | Buffer, headers = 'Content-Type: application/json\r\n') => {
    const bytes = Buffer.from(body)
    const head = `POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`
    return raw(Buffer.concat([Buffer.from(head), bytes]))
  }

  const rows: readonly (readonly [string, string | Buffer, number, string])[] = [
    ['nothing at all', '', 400, 'body_malformed'],
    ['no JSON', `${canary}`, 400, 'body_malformed'],
    ['an array', `["${canary}"]`, 400, 'body_not_object'],
    ['null', 'null', 400, 'body_not_object'],
    ['a member missing', `{"username":"${canary}"}`, 400, 'body_invalid'],
    ['a member too many', `{"username":"a","password":"b","${canary}":1}`, 400, 'body_invalid'],
    [
      'a member twice',
      `{"username":"a","username":"${canary}","password":"b"}`,
      400,
      'body_ambiguous',
    ],
    ['numbers for texts', '{"username":1,"password":2}', 400, 'body_invalid'],
    [
      'an object for a text',
      `{"username":{"$ne":"${canary}"},"password":"b"}`,
      400,
      'body_invalid',
    ],
    [
      'a user name of 10,000 characters',
      `{"username":"${canary.repeat(1000)}","password":"b"}`,
      400,
      'body_invalid',
    ],
    [
      'a password of 10,000 characters',
      `{"username":"a","password":"${canary.repeat(1000)}"}`,
      400,
      'body_invalid',
    ],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'body_not_utf8'],
    [
      '100 levels of nesting',
      `{"username":${'['.repeat(100)}${']'.repeat(100)}}`,
      400,
      'body_ambiguous',
    ],
    ['a body of 1 MB', `{"username":"${'a'.repeat(1e6)}"}`, 413, 'body_too_large'],
    [
      'SQL for a name',
      `{"username":"' or 1=1 --","password":"${canary}"}`,
      401,
      'credentials_wrong',
    ],
    [
      'a name with a line break and NUL',
      '{"username":"a\\r\\nb\\u0000","password":"b"}',
      401,
      'credentials_wrong',
    ],
    ['a lone surrogate', '{"username":"\\ud800","password":"\\udfff"}', 401, 'credentials_wrong'],
    [
      '__proto__ as a member',
      `{"__proto__":{"username":"a"},"password":"${canary}"}`,
      400,
      'body_invalid',
    ],
  ]
  for (const [name, body, status, code] of rows) {
    test(`${name}: ${status} ${code}`, async () => {
      const answer = await login(body)
      assert.equal(answer.status, status)
      const problem = JSON.parse(answer.body) as Record<string, unknown>
      assert.equal(problem['code'], code)
      assert.ok(!answer.body.includes(canary), 'the response quotes no input')
      assert.doesNotMatch(answer.body, /\.ts|node_modules|Error:/, 'no stack trace')
    })
  }

  test('another content type, or none, is 415', async () => {
    for (const header of [
      '',
      'Content-Type: text/plain\r\n',
      'Content-Type: application/json; charset=latin1\r\n',
    ]) {
      assert.equal((await login('{}', header)).status, 415)
    }
  })

  test('a body without a length is cut off at the limit', async () => {
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`
    const head =
      'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}) // the server may hang up while the test still writes
    socket.write(head + chunk + chunk)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    assert.match(answer.toString(), /^HTTP\/1\.1 413/)
  })

  test('[C24] two Authorization headers are 400, even when both are valid', async () => {
    const { body } = await post(`http://localhost:${port}/login`, {
      username: 'admin',
      password: 'password',
    })
    const line = `Authorization: Bearer ${String(body['token'])}\r\n`
    const send = (lines: string) =>
      raw(`GET /me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`)
    assert.equal((await send(line)).status, 200)
    assert.equal((await send(line + line)).status, 400)
    assert.equal((await send(`${line}Authorization: Basic eA==\r\n`)).status, 400)
  })

  test('a token in the query is neither accepted nor logged', async () => {
    const { body } = await post(`http://localhost:${port}/login`, {
      username: 'admin',
      password: 'password',
    })
    const token = String(body['token'])
    for (const name of ['token', 'access_token', 'authorization']) {
      const response = await fetch(`http://localhost:${port}/protected?${name}=${token}`)
      assert.equal(response.status, 403)
    }
    assert.ok(!running.output().includes(token))
  })

  test('[C24] malformed Authorization headers are refused without an internal error', async () => {
    const malformed = [
      'Bearer',
      'Bearer \u00e9',
      'Bearer %',
      'Bearer "',
      `Bearer ${'a'.repeat(9000)}`,
      `Bearer ${'.'.repeat(5000)}`,
      'bearer a.b.c',
      '\u00ff\u00fe',
    ]
    for (const value of malformed) {
      const request = `GET /me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: ${value}\r\n\r\n`
      const { status } = await raw(Buffer.from(request, 'latin1'))
      assert.ok(status === 400 || status === 401, `${value.slice(0, 20)}: ${status}`)
    }
  })

  test('an unknown path is 404; a wrong method is 405 and names the right one', async () => {
    const missing = await fetch(`http://localhost:${port}/${canary}`)
    assert.equal(missing.status, 404)
    assert.ok(!(await missing.text()).includes(canary))
    const wrong = await fetch(`http://localhost:${port}/login`)
    assert.equal(wrong.status, 405)
    assert.equal(wrong.headers.get('allow'), 'POST, OPTIONS')
  })

  test('none of these requests caused an internal error', () => {
    assert.doesNotMatch(running.output(), /ERROR|"code":"internal"/)
  })
})
