import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { post } from '@countersign/testing/http'
import { findProofSkip } from './cluster.fixture.ts'
import { bystander, password } from './installation.fixture.ts'
import { underLoad } from './under-load.fixture.ts'

const cutSeconds = 60
const maxDelay = 2 // seconds in which every guard knows what happened meanwhile

test(
  'servers that are cut off from the primary for 60 s leave the guards serving; then every session that ended meanwhile is refused within 2 s',
  { skip: findProofSkip() },
  async (t) => {
    const env = { COUNTERSIGN_TOKENS_LIFETIME: '5m' } // the tokens outlive the cut
    const { seconds } = await underLoad(
      t,
      async ({ cluster, installation: { url, guards, command } }) => {
        const signIn = async () => {
          const { body } = await post(`${url}/login`, { username: 'user0', password })
          return String(body['token'])
        }
        const stays = await signIn()
        const { body } = await post(`${url}/login`, { username: bystander, password })
        const ends = String(body['token'])
        const verdicts = async (token: string) =>
          (await Promise.all(guards.map((one) => one.check(token)))).map(({ verdict }) => verdict)
        const all = (verdict: string) => guards.map(() => verdict)
        assert.deepEqual(await verdicts(ends), all('allowed'))
        await wait(3000)

        const reconnect = cluster.cutOff()
        await wait(1000)
        const direct = { COUNTERSIGN_DATABASE_URL: await cluster.memberUrl() } // a server that is not cut off
        const ended = await command(`session end --user ${bystander} --yes`, direct)
        assert.equal(ended.code, 0, ended.output)
        for (let left = cutSeconds - 5; left > 0; left -= 5) {
          await wait(5000)
          assert.deepEqual(await verdicts(stays), all('allowed'))
        }
        const moment = Date.now()
        reconnect()
        while (!(await verdicts(ends)).every((one) => one === 'token_revoked')) {
          assert.ok(Date.now() < moment + 30_000, 'a guard does not know of the end after 30 s')
          await wait(20)
        }
        const delay = (Date.now() - moment) / 1000
        assert.deepEqual(await verdicts(stays), all('allowed'))
        await wait(5000)
        return { seconds: delay }
      },
      env,
    )
    assert.ok(seconds <= maxDelay, `${seconds} s`)
  },
)
