import { randomBytes } from 'node:crypto'
import { countersign as command, run } from '../../../scenarios/process.fixture.ts'
import { createClient, startMeasured, type Client, type Measured } from './measured.ts'

/** Everybody who signs in here. */
export const username = 'ada'
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
  }
}

/** `countersign serve`, as an operator starts it, with one user. */
export async function startCountersign(env: Readonly<Record<string, string>>): Promise<Measured> {
  await run([...command, 'user', 'add', username], { env, input: password })
  return startMeasured({ file: main, args: ['serve'], env, ready: '/health/ready' })
}

/** One client at our server. */
export interface SigningIn {
  readonly client: Client
  login(): Promise<void>
  readonly token: () => string
}

/** A client that signs in; throws when the answer is not 200. */
export function clientOf({ url }: Measured): SigningIn {
  const client = createClient(url)
  let token = ''
  return {
    client,
    async login() {
      const { status, text } = await client.send({ path: '/login', json: { username, password } })
      if (status !== 200) throw new Error(`/login answered ${status}: ${text}`)
      token = (JSON.parse(text) as { readonly token: string }).token
    },
    token: () => token,
  }
}
