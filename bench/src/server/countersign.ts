import { randomBytes } from 'node:crypto'
import { createClient, startMeasured, type Client, type Measured } from './measured.ts'

/** The users of the benchmarks: a user has at most 200 sessions, and a benchmark starts thousands. */
export const usernames: readonly string[] = Array.from({ length: 32 }, (_, at) => `user${at}`)
export const password = 'correct horse battery staple'

/** The program. */
export const main = new URL('../../../packages/server/src/cli/main.ts', import.meta.url)

/** Returns the environment of a production server on a database: `sqlite:` and a file, or the URL of PostgreSQL. */
export function environment(database: string): Readonly<Record<string, string>> {
  return {
    COUNTERSIGN_ISSUER_URL: 'http://localhost:5000',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_DATABASE_URL: database,
    COUNTERSIGN_LOG_LEVEL: 'error', // the peers log nothing
    COUNTERSIGN_LIMITS_ATTEMPTS: '0', // all load comes from one address
    COUNTERSIGN_USERS_REGISTRATION: 'open',
  }
}

/** Starts `countersign serve`, with the users in its database. */
export async function startCountersign(env: Readonly<Record<string, string>>): Promise<Measured> {
  const server = await startMeasured({ file: main, args: ['serve'], env, ready: '/health/ready' })
  const client = createClient(server.url)
  for (const username of usernames) {
    const { status, text } = await client.send({ path: '/register', json: { username, password } })
    if (status !== 201 && status !== 409) throw new Error(`/register answered ${status}: ${text}`) // 409: the user exists
  }
  client.close()
  return server
}

/** Creates a client of a Countersign server. */
export interface SigningIn {
  readonly client: Client
  login(): Promise<void>
  readonly token: () => string
}

/** Creates a client that signs in as each user in turn; throws when the status is not 200. */
export function clientOf({ url }: Measured): SigningIn {
  const client = createClient(url)
  let token = ''
  let at = Math.floor(Math.random() * usernames.length) // clients start at different users
  return {
    client,
    async login() {
      const username = usernames[at++ % usernames.length]
      const { status, text } = await client.send({ path: '/login', json: { username, password } })
      if (status !== 200) throw new Error(`/login answered ${status}: ${text}`)
      token = (JSON.parse(text) as { readonly token: string }).token
    },
    token: () => token,
  }
}
