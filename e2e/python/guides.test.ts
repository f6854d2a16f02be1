// The Flask and Django programs of the guides refuse the token of an ended session, against a real server.
import { createServer, loadConfig, type Server } from '@countersign/server'
import { scratch } from '@countersign/testing/files'
import { blockOf, substituted } from '@countersign/testing/guides'
import { freePort, get, post } from '@countersign/testing/http'
import { start } from '@countersign/testing/process'
import { askPython, ownPackage, python, pythonLacks } from '@countersign/testing/python'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

const timeout = 60_000 // milliseconds; a busy machine may need a while
const framework = ['python3-flask', 'python3-django'] as const

suite(
  'a program of the guide refuses an ended session:',
  { skip: pythonLacks('python3-jwt', 'python3-cryptography', ...framework), concurrency: 2 },
  () => {
    const folder = scratch()
    let server: Server
    let issuer = ''

    before(async () => {
      const port = String(await freePort())
      issuer = `http://localhost:${port}`
      const env = {
        COUNTERSIGN_HTTP_PORT: port,
        COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
        COUNTERSIGN_LOG_LEVEL: 'silent',
      }
      server = await createServer(loadConfig({ mode: 'development', env }))
      await server.listen()
    })

    after(async () => {
      await server.close()
      folder[Symbol.dispose]()
    })

    const signIn = async () => {
      const user = { username: 'admin', password: 'password' }
      return String((await post(`${issuer}/login`, user)).body['token'])
    }
    const signOut = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      assert.equal((await fetch(`${issuer}/logout`, { method: 'POST', headers })).status, 204)
    }

    /** Signs out, and returns after how many milliseconds the program refuses the token. */
    async function timeUntilRefused(url: string): Promise<number> {
      const [token, other] = [await signIn(), await signIn()]
      const call = async (one?: string) => get(`${url}/protected`, one)
      const good = await call(token)
      assert.equal(good.status, 200, JSON.stringify(good.body))
      assert.deepEqual(good.body, { message: 'Hello, admin. You are authenticated!' })
      const none = await call()
      assert.deepEqual([none.status, none.body['message']], [403, 'Token is missing!'])
      assert.equal((await get(`${url}/admin`, token)).status, 200)
      await signOut(token)
      const from = Date.now()
      let refused = await call(token)
      while (refused.status === 200 && Date.now() - from < timeout) {
        await setTimeout(2)
        refused = await call(token)
      }
      const took = Date.now() - from
      const { status, body, headers } = refused
      assert.deepEqual(
        [status, body['message'], body['code']],
        [401, 'Invalid token!', 'token_revoked'],
      )
      assert.match(headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/)
      assert.equal((await call(other)).status, 200, 'another session lives on')
      return took
    }

    /** Runs a program, and measures. */
    async function measured(name: string, program: string, ready: RegExp): Promise<void> {
      const port = String(await freePort())
      const env = { ...ownPackage, ISSUER: issuer, PORT: port, PYTHONUNBUFFERED: '1' }
      await using _ = await start([python, '-c', program], { env, ready })
      console.log(`${name}: refused after ${await timeUntilRefused(`http://127.0.0.1:${port}`)} ms`)
    }

    const programs = [
      ['flask.md', /Running on/],
      ['django.md', /Starting development server/],
    ] as const
    for (const [guide, ready] of programs) {
      test(`${guide}, by the feed`, () => measured(guide, blockOf(guide, 'python', 1), ready))

      test(`${guide}, by polling`, () => {
        const polling = 'audience=issuer, revocation="poll", max_stale=10)'
        const program = substituted(blockOf(guide, 'python', 1), { 'audience=issuer)': polling })
        return measured(`${guide}, polling every 5 s`, program, ready)
      })
    }

    test('in every process of gunicorn', { skip: pythonLacks('python3-gunicorn') }, async () => {
      writeFileSync(join(folder.path, 'app.py'), blockOf('flask.md', 'python', 1))
      const port = String(await freePort())
      const options = [
        '--preload',
        '--workers',
        '2',
        '--bind',
        `127.0.0.1:${port}`,
        '--chdir',
        folder.path,
      ]
      const env = { ...ownPackage, ISSUER: issuer }
      const command = [python, '-m', 'gunicorn', ...options, 'app:app']
      await using _ = await start(command, { env, ready: /Booting[^]*Booting/ })
      const url = `http://127.0.0.1:${port}`
      await timeUntilRefused(url)
      const token = await signIn()
      const ask = () =>
        Promise.all(Array.from({ length: 12 }, () => get(`${url}/protected`, token)))
      assert.deepEqual(new Set((await ask()).map(({ status }) => status)), new Set([200]))
      await signOut(token)
      const from = Date.now()
      for (
        let statuses = [200];
        statuses.includes(200);
        statuses = (await ask()).map(({ status }) => status)
      )
        assert.ok(Date.now() - from < timeout)
    })

    test('a process that was forked after the first request has threads of its own', async () => {
      const program = `
import json, logging, os, sys, threading
from countersign import Guard
issuer, token = json.load(sys.stdin)
guard = Guard(issuer, issuer)
guard.check(f"Bearer {token}")
names = lambda: sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("countersign"))
print("[", json.dumps(names()), ",", flush=True)
child = os.fork()
if child == 0:
    guard.check(f"Bearer {token}")
    print(json.dumps(names()), "]", flush=True)
    os._exit(0)
os.waitpid(child, 0)
`
      const threads = ['countersign', 'countersign-feed']
      const found = await askPython<unknown>(program, [issuer, await signIn()])
      assert.deepEqual(found, [threads, threads])
    })
  },
)
