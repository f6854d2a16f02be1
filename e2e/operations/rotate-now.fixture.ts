import { createGuard } from '@countersign/guard'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'

const guardCount = 4
const watchedMs = 3_000 // after the answer of the command

/** Starts two servers on a database, and four guards that follow the feed of the first. */
export async function startRotations(database: Readonly<Record<string, string>>) {
  const ports = [await freePort(), await freePort()]
  const issuer = `http://localhost:${ports[0]}`
  const env = {
    COUNTERSIGN_ISSUER_URL: issuer,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_LOG_LEVEL: 'warn',
    ...database,
  }
  const launch = (port: number) =>
    start([...countersign, 'dev'], { env: { ...env, COUNTERSIGN_HTTP_PORT: String(port) } })
  const servers = [await launch(ports[0]!), await launch(ports[1]!)]
  const guards = Array.from({ length: guardCount }, () =>
    createGuard({ issuer, audience: issuer, revocation: 'feed' }),
  )
  const accepters = [
    ...ports.map((port) => async (token: string) => {
      return (await get(`http://localhost:${port}/protected`, token)).status === 200
    }),
    ...guards.map(
      (guard) => async (token: string) => 'principal' in (await guard.checkToken(token)),
    ),
  ]
  return {
    /**
     * Runs `key rotate --now`, and returns how many milliseconds after its answer a server or a guard last accepted a token of the old key;
     * negative if all refused it before.
     */
    async rotate(): Promise<number> {
      const { body } = await post(`${issuer}/login`, { username: 'admin', password: 'password' })
      const token = String(body['token'])
      for (const accepts of accepters) assert.ok(await accepts(token), 'accepted before')
      await setTimeout(500) // each guard follows the feed by now
      let lastAccepted = 0
      const stop = new AbortController()
      const watching = accepters.map(async (accepts) => {
        while (!stop.signal.aborted) {
          const asked = Date.now()
          if (await accepts(token)) lastAccepted = Math.max(lastAccepted, asked)
          await setTimeout(10)
        }
      })
      const command = [...countersign, 'key', 'rotate', '--now', '--yes', '--development']
      const { code, output } = await run(command, { env })
      const answered = Date.now()
      await setTimeout(watchedMs)
      stop.abort()
      await Promise.all(watching)
      assert.equal(code, 0, output)
      return lastAccepted - answered
    },
    async [Symbol.asyncDispose]() {
      for (const guard of guards) guard.close()
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}
