import { randomBytes } from 'node:crypto'
import { createClient, startMeasured, type Client, type Measured } from './measured.ts'

/** Everybody who signs in here: a user has 200 sessions at most, and a benchmark begins thousands. */
export const usernames: readonly string[] = Array.from({ length: 32 }, (_, at) => `user${at}`)
export const password = 'correct horse battery staple'

const main = new URL('../../../packages/server/src/cli/main.ts', import.meta.url)

/** The environment of a server in production, on a database: `sqlite:` and a file, or the URL of PostgreSQL. */
export function environment(database: string): Readonly<Record<string, string>> {
  return {
    COUNTERSIGN_ISSUER_URL: 'http://localhost:5000',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_DATABASE_URL: database,
    COUNTERSIGN_LOG_LEVEL: 'error', // the peers log nothing
    COUNTERSIGN_LIMITS_ATTEMPTS: '0', // and all load comes from one address
    COUNTERSIGN_USERS_REGISTRATION: 'open',
  }
}

/** `countersign serve`, as an operator starts it, with its users in the database. */
export async function startCountersign(env: Readonly<Record<string, string>>): Promise<Measured> {
  const server = await startMeasured({ file: main, args: ['serve'], env, ready: '/health/ready' })
  const client = createClient(server.url)
  for (const username of usernames) {
    const { status, text } = await client.send({ path: '/register', json: { username, password } })
    if (status !== 201 && status !== 409) throw new Error(`/register answered ${status}: ${text}`) // 409: made before
  }
  client.close()
  return server
}

/** One client at our server. */
export interface SigningIn {
  readonly client: Client
  login(): Promise<void>
  readonly token: () => string
}

/** A client that signs in, as each of the users in turn; throws when the answer is not 200. */
export function clientOf({ url }: Measured): SigningIn {
  const client = createClient(url)
  let token = ''
  let at = Math.floor(Math.random() * usernames.length) // not all at the same one
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
