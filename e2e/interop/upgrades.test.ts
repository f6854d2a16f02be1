import { root } from '@countersign/testing/files'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { suite, test } from 'node:test'

/** Every program of the docs that accepts WebSockets. */
const programs = globSync(['docs/**/*.md', 'packages/*/README.md'], { cwd: root }).flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n(.*?)```/gs)].flatMap(
    ([, code = ''], at) =>
      code.includes("'upgrade'") ? [{ name: `${basename(page)}, block ${at + 1}`, code }] : [],
  ),
)

// The issuer of the docs, in the memory of the program. It takes a moment, so that requests can be reset while the guard waits.
const issuer = `
import { createTestIssuer } from '@countersign/guard/testing'
const remote = createTestIssuer({
  url: 'https://auth.example.com',
  audience: 'https://api.example.com',
  now: Math.floor(Date.now() / 1000),
})
globalThis.fetch = async (...request) => {
  await new Promise((resolve) => setTimeout(resolve, 5))
  return remote.fetch(...request)
}
`
const start = `
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({
    port: server.address().port,
    tokens: { none: '', bad: remote.badToken('of another key'), good: remote.token() },
  })),
)
`

interface Running {
  readonly port: number
  readonly tokens: Readonly<Record<'none' | 'bad' | 'good', string>>
}

/** Runs a program of the docs in a process of its own. */
async function run(code: string) {
  const flags = ['--conditions=@countersign/source', '--input-type=module-typescript', '--eval']
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, [...flags, issuer + code + start], { cwd: root, env })
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  const lines = createInterface({ input: child.stdout })
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [stderr])])
  return {
    ...(JSON.parse(String(line)) as Running),
    stderr: () => stderr,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** Sends the request for a WebSocket. */
function ask(port: number, token: string): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  const authorization = token === '' ? '' : `Authorization: Bearer ${token}\r\n`
  socket.write(
    `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${authorization}` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  return socket
}

/** Returns everything that the server sends until it closes its side. */
async function answerOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const data of socket) {
    text += String(data)
    if (text.startsWith('HTTP/1.1 101')) break
  }
  return text
}

/** Sends a request and resets its connection, at once or up to so many milliseconds later. */
async function reset(port: number, token: string, after: number): Promise<void> {
  const socket = ask(port, token)
  await once(socket, 'connect')
  if (after > 0) await delay(after)
  socket.resetAndDestroy()
}

suite('[18.27] a program of the docs that accepts WebSockets', () => {
  test('is in the docs', () => assert.ok(programs.length > 0))
  for (const { name, code } of programs)
    for (const kind of ['none', 'bad', 'good'] as const)
      test(`${name}: goes on after 200 connection resets (token: ${kind})`, async () => {
        await using program = await run(code)
        const { port, tokens } = program
        for (let round = 0; round < 20; round++)
          await Promise.all(Array.from({ length: 10 }, (_, at) => reset(port, tokens[kind], at)))
        await delay(100)
        assert.ok(program.isRunning(), program.stderr())
        assert.match(await answerOf(ask(port, tokens.good)), /^HTTP\/1.1 101 /)
        assert.equal(program.stderr(), '')
      })

  for (const { name, code } of programs)
    test(`${name}: goes on after a frame that breaks the protocol, and refuses in the form of HTTP`, async () => {
      await using program = await run(code)
      const { port, tokens } = program
      const socket = ask(port, tokens.good)
      await once(socket, 'data')
      socket.write(Buffer.alloc(64, 0xff))
      await once(socket, 'close')
      const refused = await answerOf(ask(port, tokens.bad))
      assert.match(refused, /^HTTP\/1.1 401 Unauthorized\r\n/)
      assert.match(refused, /\r\nwww-authenticate: Bearer error="invalid_token"/i)
      assert.match(refused, /\r\nconnection: close\r\n/i)
      assert.match(refused, /"code":"token_invalid"/)
      assert.ok(program.isRunning(), program.stderr())
      assert.equal(program.stderr(), '')
    })
})
