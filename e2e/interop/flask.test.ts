import { createSigner, generateKey, inspect } from '@countersign/token'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { createServer, loadConfig } from '@countersign/server'
import { fixedClock } from '@countersign/token/testing'
import { blockOf } from '@countersign/testing/guides'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start, type Running } from '@countersign/testing/process'
import { tampered } from '@countersign/testing/tokens'
import { python, pythonLacks } from '@countersign/testing/python'

const folder = scratch()
const user = { username: 'ada', password: 'correct horse battery staple' }
const packages = ['python3-jwt', 'python3-cryptography', 'python3-flask'] as const

/** The programs of the guide, and the refusals of each. */
const applications = [
  {
    name: 'PyJWT, as in the tutorial',
    block: 1,
    skip: pythonLacks(...packages),
    missing: { status: 403, body: { message: 'Token is missing!' } },
    expired: { status: 401, body: { message: 'Token has expired!' } },
    invalid: [401, 401],
  },
  {
    name: 'Flask-JWT-Extended',
    block: 2,
    skip: pythonLacks(...packages, 'python3-python-flask-jwt-extended'),
    missing: { status: 401, body: { msg: 'Missing Authorization Header' } },
    expired: { status: 401, body: { msg: 'Token has expired' } },
    invalid: [422, 401],
  },
] as const

suite('a Flask application accepts our tokens, with', () => {
  let server: Running
  let issuer = ''
  let env: Readonly<Record<string, string>> = {}

  before(async () => {
    const port = await freePort()
    issuer = `http://localhost:${port}`
    env = {
      COUNTERSIGN_ISSUER_URL: issuer,
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    }
    await countersignHere(['user', 'add', user.username], { env, input: user.password })
    server = await start([...countersign, 'serve'], { env })
  })

  after(async () => {
    await server.stop()
    folder[Symbol.dispose]()
  })

  const login = async () => String((await post(`${issuer}/login`, user)).body['token'])

  /** Returns a token that this server would have issued an hour ago. */
  async function oldToken(): Promise<string> {
    const config = loadConfig({
      mode: 'production',
      env: { ...env, COUNTERSIGN_LOG_LEVEL: 'silent' },
    })
    const clock = fixedClock(Math.floor(Date.now() / 1000) - 3600)
    await using earlier = await createServer(config, { clock })
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(user)
    const request = new Request(`${issuer}/login`, { method: 'POST', headers, body })
    return ((await (await earlier.fetch(request)).json()) as { token: string }).token
  }

  /** Rotates the keys twice. The server restarts, because a running one sees the change only within a minute. */
  async function rotateTwice(): Promise<void> {
    await server.stop()
    for (const _ of [1, 2]) {
      const { code, output } = await countersignHere(['key', 'rotate', '--now', '--yes'], {
        env,
      })
      assert.equal(code, 0, output)
    }
    server = await start([...countersign, 'serve'], { env })
  }

  for (const { name, block, skip, missing, expired, invalid } of applications) {
    test(name, { skip }, async () => {
      const port = await freePort()
      const command = [python, '-c', blockOf('flask.md', 'python', block)]
      const flask = { env: { ISSUER: issuer, PORT: String(port) }, ready: /Running on/ }
      await using _ = await start(command, flask)
      const call = (token?: string) => get(`http://127.0.0.1:${port}/protected`, token)

      const token = await login()
      const good = await call(token)
      assert.equal(good.status, 200, JSON.stringify(good.body))
      assert.deepEqual(good.body, { message: 'Hello, ada. You are authenticated!' })

      const [none, old] = [await call(), await call(await oldToken())]
      assert.deepEqual({ status: none.status, body: none.body }, missing)
      assert.deepEqual({ status: old.status, body: old.body }, expired)

      const forged = createSigner({ key: generateKey('ES256'), issuer, lifetime: 60 })
      for (const bad of [
        tampered(token),
        'x.y.z',
        forged.sign({ sub: 'ada', aud: issuer, username: 'ada' }),
      ])
        assert.ok((invalid as readonly number[]).includes((await call(bad)).status), bad)

      const blind = 'import sys; sys.modules["cryptography"] = None\n' // as after `pip install pyjwt`
      const unable = await run([python, '-c', blind + blockOf('flask.md', 'python', block)], {
        env: { ...flask.env, PORT: String(await freePort()) },
      })
      assert.deepEqual(
        [unable.code, /pip install "pyjwt\[crypto\]"/.test(unable.output)],
        [1, true],
      )

      await rotateTwice() // the application has never seen the key that signs now
      const next = await login()
      assert.notEqual(inspect(next).header['kid'], inspect(token).header['kid'])
      assert.equal((await call(next)).status, 200)
    })
  }
})
