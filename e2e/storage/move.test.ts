import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { countersign, run, start } from '@countersign/testing/process'

const postgres = await startPostgres()
after(() => postgres?.stop())
const admin = { username: 'admin', password: 'password' }

test('[24.30] [24.33] a server whose database is moved serves reads, ends, and continues with all users signed in', async (t) => {
  if (!postgres) return t.skip(howToGetPostgres)
  using folder = scratch()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const shared = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  }
  const old = { ...shared, COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/old.db` }
  const next = { ...shared, COUNTERSIGN_DATABASE_URL: await postgres.url('moved') }
  const target = join(folder.path, 'url')
  writeFileSync(target, next.COUNTERSIGN_DATABASE_URL)

  await using server = await start([...countersign, 'dev'], { env: old })
  const signIn = async () => (await post(`${url}/login`, admin)).body
  const [kept, ended] = [await signIn(), await signIn()]
  await fetch(`${url}/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${String(ended['token'])}` },
  })
  let refresh = String(
    (await post(`${url}/refresh`, { refresh_token: kept['refresh_token'] })).body['refresh_token'],
  )

  const move = ['move', '--development', '--to-file', target]
  const plan = await run([...countersign, ...move, '--dry-run', '--json'], { env: old })
  assert.equal(plan.code, 0, plan.output)
  const moving = run([...countersign, ...move, '--yes'], { env: old })
  const answers: (string | number)[] = []
  const state = { moving: true }
  void moving.finally(() => (state.moving = false))
  while (state.moving) {
    const read = await get(`${url}/me`, String(kept['token'])).catch(() => undefined)
    if (read) answers.push(read.status)
    const write = await post(`${url}/refresh`, { refresh_token: refresh }).catch(() => undefined)
    if (write) answers.push(write.status === 200 ? 200 : String(write.body['code']))
    if (write?.status === 200) refresh = String(write.body['refresh_token'])
    await setTimeout(700) // a session has sixteen refreshes in 10 s: one more gets 429
  }
  const { code, output } = await moving
  assert.equal(code, 0, output)
  const expected = new Set([200, 'database_moving'])
  assert.deepEqual(
    answers.filter((one) => !expected.has(one)),
    [],
    server.output(),
  )
  assert.equal(await server.ended, 1, 'a service manager starts it again')
  const refused = await run([...countersign, 'dev'], { env: old })
  assert.match(refused.output, /database_moved/)
  assert.equal(refused.code, 78)

  await using moved = await start([...countersign, 'dev'], { env: next })
  assert.equal((await get(`${url}/me`, String(kept['token']))).status, 200)
  assert.equal((await get(`${url}/me`, String(ended['token']))).body['code'], 'token_revoked')
  const refreshed = await post(`${url}/refresh`, { refresh_token: refresh })
  assert.equal(refreshed.status, 200)
  const log = await run([...countersign, 'audit-log', 'verify', '--development'], { env: next })
  assert.equal(log.code, 0, log.output)
  assert.doesNotMatch(moved.output(), /error/i)
})
