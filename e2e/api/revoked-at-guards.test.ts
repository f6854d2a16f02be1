import { createGuard } from '@countersign/guard'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'

const soon = 20_000 // milliseconds; what takes milliseconds, on a machine with much else to do

async function until(met: () => unknown): Promise<void> {
  const from = Date.now()
  while (!(await met())) {
    assert.ok(Date.now() - from < soon, `in vain: ${met}`)
    await setTimeout(2)
  }
}

test('guards elsewhere refuse whoever has signed out, without asking; also what was missed while the server was killed', async () => {
  using folder = scratch()
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const env = {
    COUNTERSIGN_ISSUER_URL: issuer,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder.path, 'countersign.db')}`,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_LOG_LEVEL: 'warn',
  }
  const launch = () => start([...countersign, 'dev'], { env })
  let server = await launch()
  const guards = Array.from({ length: 4 }, () =>
    createGuard({ issuer, audience: issuer, revocation: 'feed', maxExplanations: 0 }),
  )
  try {
    const signIn = async () => {
      const { body } = await post(`${issuer}/login`, { username: 'admin', password: 'password' })
      return String(body['token'])
    }
    const signOut = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      assert.equal((await fetch(`${issuer}/logout`, { method: 'POST', headers })).status, 204)
    }
    const words = (token: string) =>
      Promise.all(
        guards.map(async (guard) => {
          const answer = await guard.checkToken(token)
          return answer.allowed ? 'allowed' : answer.problem.code
        }),
      )
    const isRefused = async (token: string) =>
      (await words(token)).every((word) => word === 'token_revoked')
    const lists = () => guards.map((guard) => guard.health().lists[0])
    const isFed = () => lists().every((list) => list?.feed === 'open')
    const tokens = [await signIn(), await signIn(), await signIn()] as const
    const all = (word: string) => guards.map(() => word)

    assert.deepEqual(await words(tokens[0]), all('allowed'))
    await until(isFed)
    await signOut(tokens[0])
    await until(() => isRefused(tokens[0]))
    assert.deepEqual(await words(tokens[1]), all('allowed'))
    assert.deepEqual(lists().map((list) => [list?.loads, list?.gaps, list?.refused]), guards.map(() => [1, 0, 0])) // prettier-ignore

    server.signal('SIGKILL')
    await server.ended
    await until(() => lists().every((list) => list?.feed === 'cut'))
    assert.deepEqual(await words(tokens[1]), all('allowed'), 'the list is good for its ttl')
    server = await launch()
    await signOut(tokens[1]) // before any guard is back, or just after
    await until(() => isRefused(tokens[1]))
    await until(isFed)
    assert.deepEqual(await words(tokens[2]), all('allowed'))
    await signOut(tokens[2])
    await until(() => isRefused(tokens[2]))
  } finally {
    for (const guard of guards) guard.close()
    await server.stop()
  }
})
