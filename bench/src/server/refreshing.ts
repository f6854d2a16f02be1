import { systemClock } from '@countersign/token'
import { startSession } from '../../../packages/server/src/domain/sessions/start-session.ts'
import { systemRandom } from '../../../packages/server/src/platform/crypto/random.ts'
import { loadConfig } from '../../../packages/server/src/config/load.ts'
import { rootSecret } from '../../../packages/server/src/domain/kernel/root-secret.ts'
import { Secret } from '../../../packages/server/src/domain/kernel/secret.ts'
import { policiesOf } from '../../../packages/server/src/policies.ts'
import { createStore, type Database } from '../../../packages/server/src/store/store.ts'
import { usernames } from './countersign.ts'
import { createClient, type Measured } from './measured.ts'

const sessions = 4096 // one for each device; a device that refreshes more than 16 times within the grace is refused

/** Many devices, each with a refresh token, which refresh in turn, a few at a time. */
export interface Refreshing {
  refresh(worker: number): Promise<void>
  close(): void
}

/** Creates the sessions directly in the server's database: signing in would take minutes. */
export async function createRefreshing(
  { url }: Measured,
  database: Database,
  workers: number,
): Promise<Refreshing> {
  const tokens = await startSessions(database, url)
  const clients = Array.from({ length: workers }, () => createClient(url))
  let next = 0
  return {
    async refresh(worker) {
      const at = next
      next = (at + 1) % sessions // enough that a session's refresh has ended before its next one
      const answer = await clients[worker]?.send({
        path: '/refresh',
        json: { refresh_token: tokens[at] },
      })
      if (answer?.status !== 200) throw new Error(`/refresh answered ${answer?.text}`)
      tokens[at] = (JSON.parse(answer.text) as { readonly refresh_token: string }).refresh_token
    },
    close: () => clients.forEach((client) => client.close()),
  }
}

async function startSessions(database: Database, url: string): Promise<string[]> {
  const store = await createStore(database)
  const runtime = {
    store,
    clock: systemClock,
    random: systemRandom,
    root: rootSecret(new Secret(Buffer.alloc(32, 'root').toString('base64'))), // not the server's: its audit log would not verify, which does not matter here
    policies: policiesOf(loadConfig({ mode: 'development', env: {} }), url),
  }
  const origin = { userAgent: 'a benchmark' }
  const users = await Promise.all(usernames.map((name) => store.users.findByName(name)))
  const proofs = users.map((user) => {
    if (!user) throw new Error('they were made when the server was started')
    return { ...user, amr: ['pwd'] }
  })
  const tokens: string[] = []
  while (tokens.length < sessions) {
    const some = proofs.map((proof) => startSession(runtime, proof, origin))
    for (const { refreshToken } of await Promise.all(some)) tokens.push(refreshToken.reveal())
  }
  await store.close()
  return tokens
}
