import { createGuard } from '@countersign/guard'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'

const timeout = 20_000 // milliseconds; it takes some 30 on an idle machine

async function until(met: () => unknown): Promise<void> {
  const from = Date.now()
  while (!(await met())) {
    assert.ok(Date.now() - from < timeout, `not within 20 s: ${met}`)
    await setTimeout(2)
  }
}

test('remote guards refuse the token of a signed-out user without a request, and catch up on what they missed while the server was down', async () => {
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
    const verdicts = (token: string) =>
      Promise.all(
        guards.map(async (guard) => {
          const answer = await guard.checkToken(token)
          return answer.allowed ? 'allowed' : answer.problem.code
        }),
      )
    const isRefused = async (token: string) =>
      (await verdicts(token)).every((verdict) => verdict === 'token_revoked')
    const lists = () => guards.map((guard) => guard.health().lists[0])
    const isFed = () => lists().every((list) => list?.feed === 'open')
    const tokens = [await signIn(), await signIn(), await signIn()] as const
    const all = (verdict: string) => guards.map(() => verdict)

    assert.deepEqual(await verdicts(tokens[0]), all('allowed'))
    await until(isFed)
    await signOut(tokens[0])
    await until(() => isRefused(tokens[0]))
    assert.deepEqual(await verdicts(tokens[1]), all('allowed'))
    assert.deepEqual(lists().map((list) => [list?.loads, list?.gaps, list?.refused]), guards.map(() => [1, 0, 0])) // prettier-ignore

    server.signal('SIGKILL')
    await server.ended
    await until(() => lists().every((list) => list?.feed === 'cut'))
    assert.deepEqual(await verdicts(tokens[1]), all('allowed'), 'the list is good for its ttl')
    server = await launch()
    await signOut(tokens[1]) // before or just after the first guard reconnects
    await until(() => isRefused(tokens[1]))
    await until(isFed)
    assert.deepEqual(await verdicts(tokens[2]), all('allowed'))
    await signOut(tokens[2])
    await until(() => isRefused(tokens[2]))
  } finally {
    for (const guard of guards) guard.close()
    await server.stop()
  }
})
