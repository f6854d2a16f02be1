import { Client, Pool } from 'pg'

// The databases of a server; postgres.ts has the servers.

/** The superuser of the server. */
export const user = 'tests'

/** The password of the server; a test that finds it in any output fails. */
export const plantedPassword = 'planted-pg-password'

/** Connects, runs one statement, and disconnects. */
export async function query(port: number, database: string, text: string): Promise<void> {
  const client = new Client(urlOf(port, database))
  await client.connect()
  await client.query(text)
  await client.end()
}

const urlOf = (port: number, database: string) =>
  `postgres://${user}:${plantedPassword}@127.0.0.1:${port}/${database}`

/** Returns the URL of a database, which is created the first time: empty, or as a copy of another one that has no connections. */
export type Urls = (database: string, template?: string) => Promise<string>

/** Returns the URLs of the databases of a server. Each name is looked up once, over one connection: it costs 50 ms of processor time. */
export function databasesOf(port: number, prefix = ''): Urls {
  const known = new Map<string, Promise<void>>()
  const connection = { connectionString: urlOf(port, 'postgres'), allowExitOnIdle: true }
  const administrator = new Pool({ ...connection, max: 1, idleTimeoutMillis: 0 })
  administrator.on('error', () => {}) // the server was stopped: the pool connects again when needed
  return async (database, template) => {
    if (database === 'postgres') return urlOf(port, database) // every server has it
    const from = template === undefined ? undefined : prefix + template
    const url = known.get(database) ?? ensureDatabase(administrator, prefix + database, from)
    known.set(database, url)
    await url
    return urlOf(port, prefix + database)
  }
}

async function ensureDatabase(pool: Pool, name: string, template?: string): Promise<void> {
  const client = await pool.connect()
  const [escaped, from] = [name, template ?? 'template1'].map((one) => client.escapeIdentifier(one))
  try {
    await client.query('select pg_advisory_lock(1)') // callers race, and PostgreSQL has no `if not exists` for databases
    const known = await client.query('select from pg_database where datname = $1', [name])
    if (known.rowCount === 0) await client.query(`create database ${escaped} template ${from}`)
    await client.query('select pg_advisory_unlock(1)')
    client.release()
  } catch (error) {
    client.release(true) // and with the connection the lock
    throw error
  }
}
