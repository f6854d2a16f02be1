import { createServer as createAuthServer, loadConfig } from '@countersign/server'
import { createSigner, importSecret } from '@countersign/token'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { root, scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { run, start, type Running } from '@countersign/testing/process'
import { tampered } from '@countersign/testing/tokens'

const shell = promisify(execFile)
const anHour = 3600 // seconds
const anHourAgo = fixedClock(Math.floor(Date.now() / 1000) - anHour)
const folder = scratch()
const secret = 'ocuXHXPMVrRyh2Qh0hK5TKqSwhX2OejYXOoNrfM8NYs'

interface Application {
  readonly name: string
  readonly command: readonly string[]
  env(port: number): Readonly<Record<string, string>>
  /** Returns a token that this application would have issued an hour ago. */
  oldToken(port: number): Promise<string>
  /** The path of its sign-out, if it has one. */
  readonly signOut?: string
}

const applications: readonly Application[] = [
  {
    name: 'npm start',
    command: ['npm', 'start'],
    signOut: '/logout',
    env: (port) => ({
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/development.db`,
    }),
    async oldToken(port) {
      const config = loadConfig({
        mode: 'development',
        env: { ...this.env(port), COUNTERSIGN_LOG_LEVEL: 'silent' },
      })
      await using server = await createAuthServer(config, { clock: anHourAgo })
      const body = JSON.stringify({ username: 'admin', password: 'password' })
      const headers = { 'content-type': 'application/json' }
      const response = await server.fetch(
        new Request('http://localhost/login', { method: 'POST', headers, body }),
      )
      return ((await response.json()) as { token: string }).token
    },
  },
  {
    name: 'examples/tutorial',
    command: ['npm', 'start', '--workspace=@countersign/example-tutorial'],
    env: (port) => ({ PORT: String(port), SECRET_KEY: secret }),
    async oldToken(port) {
      const key = importSecret(secret, 'HS256')
      const signer = createSigner({
        key,
        issuer: `http://localhost:${port}`,
        lifetime: 900,
        clock: anHourAgo,
      })
      return signer.sign({ sub: 'admin', aud: 'tutorial' })
    },
  },
]

test('[18.25] the tutorial in one file starts with the command of the README, and explains a bad start in one sentence', async () => {
  const port = await freePort()
  const command = applications[1]?.command ?? []
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  assert.ok(readme.includes(command.join(' ')), 'the README has the command')
  const weak = await run(command, { env: { SECRET_KEY: 'secret', PORT: String(port) } })
  assert.equal(weak.code, 1)
  assert.match(weak.output, /SECRET_KEY: .*too weak to sign with/)
  const taken = createServer().listen(port, '127.0.0.1')
  await once(taken, 'listening')
  const second = await run(command, { env: { PORT: String(port) } })
  taken.close()
  assert.equal(second.code, 1)
  assert.match(second.output, /port .* is taken.*PORT/)
  for (const { output } of [weak, second]) assert.doesNotMatch(output, /^ +at /m)
})

for (const application of applications) {
  suite(`the tutorial's contract: ${application.name}`, () => {
    let port: number
    let url: string
    let running: Running

    before(async () => {
      port = await freePort()
      url = `http://localhost:${port}`
      running = await start(application.command, { env: application.env(port) })
    })

    after(async () => {
      await running.stop()
    })

    const login = async () => {
      const answer = await post(`${url}/login`, { username: 'admin', password: 'password' })
      return String(answer.body['token'])
    }

    test('admin and password give a token', async () => {
      const { status, body } = await post(`${url}/login`, {
        username: 'admin',
        password: 'password',
      })
      assert.equal(status, 200)
      assert.match(String(body['token']), /^[\w-]+\.[\w-]+\.[\w-]+$/)
    })

    test('the token names its subject and expires within an hour', async () => {
      const [, payload = ''] = (await login()).split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
        string,
        number
      >
      assert.equal(typeof claims['sub'], 'string')
      const lifetime = claims['exp']! - claims['iat']!
      assert.ok(lifetime > 0 && lifetime <= anHour)
    })

    test('a wrong password and an unknown user get the same response', async () => {
      for (const wrong of [
        { username: 'admin', password: 'Password' },
        { username: 'nobody', password: 'password' },
      ]) {
        const { status, body } = await post(`${url}/login`, wrong)
        assert.equal(status, 401)
        assert.equal(body['message'], 'Invalid credentials')
      }
    })

    test('the guarded route greets the user of the token', async () => {
      const { status, body } = await get(`${url}/protected`, await login())
      assert.equal(status, 200)
      assert.deepEqual(body, { message: 'Hello, admin. You are authenticated!' })
    })

    test('a missing token is 403, as in the tutorial', async () => {
      const { status, body, headers } = await get(`${url}/protected`)
      assert.equal(status, 403)
      assert.equal(body['message'], 'Token is missing!')
      assert.equal(headers.get('www-authenticate'), 'Bearer')
    })

    test('an expired token has a message of its own', async () => {
      const { status, body } = await get(`${url}/protected`, await application.oldToken(port))
      assert.equal(status, 401)
      assert.equal(body['message'], 'Token has expired!')
    })

    test('any other bad token is invalid', async () => {
      const token = await login()
      for (const bad of ['x', 'a.b.c', tampered(token), `${token}A`, token.slice(0, -1)]) {
        const { status, body } = await get(`${url}/protected`, bad)
        assert.equal(status, 401, bad)
        assert.equal(body['message'], 'Invalid token!')
      }
    })

    const { signOut } = application
    if (signOut !== undefined)
      test('a token whose user has signed out is invalid too, and its code says why', async () => {
        const token = await login()
        const headers = { authorization: `Bearer ${token}` }
        assert.equal((await fetch(url + signOut, { method: 'POST', headers })).status, 204)
        const { status, body } = await get(`${url}/protected`, token)
        assert.deepEqual(
          [status, body['message'], body['code']],
          [401, 'Invalid token!', 'token_revoked'],
        )
      })

    test('the two curl commands work as they are written', async (t) => {
      if (spawnSync('curl', ['--version']).status !== 0) {
        t.skip('needs curl: apt-get install curl')
        return
      }
      const json = '{"username": "admin", "password": "password"}'
      const curl = (command: string) => shell('sh', ['-c', command])
      const { stdout } = await curl(
        `curl -s -X POST ${url}/login -H "Content-Type: application/json" -d '${json}'`,
      )
      const { token } = JSON.parse(stdout) as { token: string }
      const greeting = await curl(`curl -s ${url}/protected -H "Authorization: Bearer ${token}"`)
      assert.match(greeting.stdout, /Hello, admin\. You are authenticated!/)
    })
  })
}

after(() => folder[Symbol.dispose]())
