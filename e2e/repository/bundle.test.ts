import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { root, scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { printSpans, run, start } from '@countersign/testing/process'

const folder = join(root, 'node_modules/.bundle') // inside the tree, so that packages are found
before(async () => {
  const { code, output } = await run([process.execPath, 'scripts/bundle.ts', folder])
  assert.equal(code, 0, output)
})
after(() => rmSync(folder, { recursive: true, force: true }))

const program = [process.execPath, join(folder, 'countersign.js')]

test('the bundled program works like its modules: threads, pages, the list of passwords, the readable log, traces', async () => {
  using data = scratch()
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${data.path}/d.db`,
    COUNTERSIGN_USERS_REGISTRATION: 'open',
    COUNTERSIGN_METRICS_PORT: String(await freePort()),
    COUNTERSIGN_TRACES_SPANS: 'on',
    NODE_OPTIONS: printSpans,
  }
  await using server = await start([...program, 'dev'], { env })
  const url = `http://localhost:${port}`
  assert.equal(
    (await post(`${url}/login`, { username: 'admin', password: 'password' })).status,
    200,
  )
  const common = { username: 'ada', password: 'passwordpassword' }
  assert.equal((await post(`${url}/register`, common)).body['code'], 'password_common')
  const page = await fetch(`${url}/sign-in`)
  const [, style = ''] = /href="([^"]+\.css)"/.exec(await page.text()) ?? []
  assert.equal((await fetch(url + style)).headers.get('content-type'), 'text/css; charset=utf-8')
  const metrics = await fetch(`http://localhost:${env.COUNTERSIGN_METRICS_PORT}/metrics`)
  assert.match(await metrics.text(), /countersign_/)
  assert.match(server.output(), /INFO/)
  assert.match(server.output(), /name: 'POST \/login'/, 'a span')
})

test('the compile cache of the engine is beside the program, and nowhere else', async () => {
  const { code, output } = await run([...program, '--version'], { env: { NODE_COMPILE_CACHE: '' } })
  assert.equal(code, 0, output)
  assert.match(output, /^\d+\.\d+\.\d+\n$/)
  assert.ok(readdirSync(join(folder, '.cache')).length > 0)
})

test('the packages outside the bundle are dependencies of the server', async () => {
  const env = {
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_DATABASE_URL: 'postgres://nouser@127.0.0.1:1/none',
  }
  const { code, output } = await run([...program, 'user', 'list'], { env })
  assert.equal(code === 0, false)
  assert.match(
    output,
    /database_unreachable/,
    'the driver of PostgreSQL was loaded, and found no server',
  )
  assert.ok(existsSync(join(root, 'node_modules/piscina')))
})
