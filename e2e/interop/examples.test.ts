import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, start, type Running } from '@countersign/testing/process'

const admin = { username: 'admin', password: 'password' }

/** The protected path of each example. */
const examples = {
  hono: '/notes',
  fastify: '/notes',
  express: '/notes',
  koa: '/notes',
  node: '/time',
  fetch: '/notes',
} as const

suite(
  'every example runs as its first line says, and accepts tokens of Countersign',
  { concurrency: 2 },
  () => {
    const folder = scratch()
    let server: Running
    let issuer = ''
    let token = ''

    before(async () => {
      const port = String(await freePort())
      issuer = `http://localhost:${port}`
      const database = `sqlite:${folder.path}/d.db`
      const env = { COUNTERSIGN_HTTP_PORT: port, COUNTERSIGN_DATABASE_URL: database }
      server = await start([...countersign, 'dev'], { env })
      const { body } = await post(`${issuer}/login`, admin)
      token = String(body['token'])
    })

    after(async () => {
      await server.stop()
      folder[Symbol.dispose]()
    })

    for (const [name, path] of Object.entries(examples)) {
      test(name, async () => {
        const port = await freePort()
        const command = ['npm', 'start', `--workspace=@countersign/example-${name}`]
        await using _ = await start(command, { env: { ISSUER: issuer, PORT: String(port) } })
        const url = `http://127.0.0.1:${port}${path}`
        const refused = await fetch(url)
        assert.equal(refused.status, 401)
        const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
        assert.equal(answer.status, 200)
        await answer.body?.cancel() // one of them is an endless stream
      })
    }
  },
)

suite(
  'every example with Countersign inside runs as its first line says',
  { concurrency: 2 },
  () => {
    for (const name of ['hono', 'express', 'fastify', 'fetch'])
      test(name, async () => {
        const port = String(await freePort())
        const command = ['npm', 'run', name, '--workspace=@countersign/example-inside']
        const env = { PORT: port, COUNTERSIGN_DATABASE_URL: 'sqlite::memory:' }
        await using application = await start(command, { env })
        const origin = `http://localhost:${port}`
        const { body } = await post(`${origin}/auth/login`, admin)
        const headers = { authorization: `Bearer ${String(body['token'])}` }
        const notes = await fetch(`${origin}/notes`, { headers })
        assert.deepEqual(await notes.json(), { owner: 'admin' })
        await application.stop()
      })
  },
)
