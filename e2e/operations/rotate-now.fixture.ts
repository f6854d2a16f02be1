import { createGuard } from '@countersign/guard'
import { get, post } from '@countersign/testing/http'
import { countersign, run } from '@countersign/testing/process'
import { startTwoServers } from '@countersign/testing/servers'
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

const guardCount = 4
const watchedMs = 3_000 // after the answer of the command

/** Starts two servers on a database, and four guards that follow the feed of the first. */
export async function startRotations(database: Readonly<Record<string, string>>) {
  const servers = await startTwoServers(database)
  const { env, issuer, urls } = servers
  const guards = Array.from({ length: guardCount }, () =>
    createGuard({ issuer, audience: issuer, revocation: 'feed' }),
  )
  const accepters = [
    ...urls.map((url) => async (token: string) => {
      return (await get(`${url}/protected`, token)).status === 200
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
      await servers[Symbol.asyncDispose]()
    },
  }
}
