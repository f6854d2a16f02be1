import type { PostgresPool } from 'kysely'
import { Client, Pool, TypeOverrides, type PoolClient } from 'pg'
import type { ConnectionUrl } from './connection-url.ts'
import { pooledClient } from './pooled-client.ts'
import { toFailure } from './postgres-failures.ts'
import { createPreparedStatements, type PreparedStatementsMode } from './prepared-statements.ts'

// Opens connections, alone or in a pool.

const defaultConnectTimeout = 5_000 // milliseconds for a connection, new or from the pool; a sign-in waits no longer

/** The options of a pool. */
export interface PoolOptions {
  /** The maximum number of connections. */
  readonly poolSize: number
  /** Milliseconds to wait for a connection, new or from the pool; 5,000 by default. */
  readonly connectTimeout?: number
  /** When statements that run often are prepared; `auto` by default. */
  readonly preparedStatements?: PreparedStatementsMode
}

/** Returns a class of connections to a database; none reveals its URL. */
export function createHosts(
  { hosts: [url] }: ConnectionUrl,
  connectTimeout = defaultConnectTimeout,
) {
  const types = new TypeOverrides()
  types.setTypeParser(20, Number) // bigint: seconds and counts, all far below 2^53; by default pg returns strings
  /** Keeps the URL, and with it the password, out of the pool's options, which appear when a pool is printed. */
  class HidingClient extends Client {
    constructor() {
      super({
        connectionString: url.reveal(),
        application_name: 'countersign',
        connectionTimeoutMillis: connectTimeout,
        keepAlive: true,
        types,
      })
      // A connection may break between two statements. The next use fails; without a listener, the event would end the process.
      this.on('error', () => {})
    }
  }
  return { Client: HidingClient }
}

/** Makes a pool of connections to a database. */
export function createPool(
  url: ConnectionUrl,
  { poolSize, connectTimeout = defaultConnectTimeout, preparedStatements = 'auto' }: PoolOptions,
): PostgresPool {
  const pool = new Pool({
    Client: createHosts(url, connectTimeout).Client,
    max: poolSize,
    connectionTimeoutMillis: connectTimeout,
    allowExitOnIdle: true, // an idle pool does not keep the process alive
  })
  pool.on('error', () => {}) // an idle connection broke: the pool has dropped it, and opens another when needed
  const generations = createGenerations()
  const statements = createPreparedStatements()
  const pooled = new WeakMap<PoolClient, boolean>()
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect()
    if (generations.isPast(client)) {
      client.release(true)
      return connect()
    }
    if (preparedStatements === 'auto' && !pooled.has(client))
      pooled.set(client, await isPooled(client))
    return client
  }
  return {
    async connect() {
      try {
        const client = await connect()
        const mayPrepare = preparedStatements !== 'off' && pooled.get(client) !== true
        const { statementTimeoutMs } = url
        return pooledClient(client, {
          generations,
          statementTimeoutMs,
          statements: mayPrepare ? statements : undefined,
        })
      } catch (error) {
        throw toFailure(error)
      }
    },
    end: () => pool.end(),
    options: pool.options,
  }
}

/**
 * Returns whether a pooler is between this process and the database: then the process of the database that runs a statement is another one than the
 * one that was named when the connection began. That is so with PgBouncer in every mode.
 */
async function isPooled(client: PoolClient): Promise<boolean> {
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return rows[0]?.pid !== (client as PoolClient & { readonly processID: number }).processID // the types of pg lack it
  } catch (error) {
    client.release(true)
    throw error
  }
}

/**
 * Tells connections apart that were opened before the database turned out to be read-only. After a failover they lead to the demoted primary,
 * where reads would go on to work and be old; a new connection finds the new one.
 */
function createGenerations() {
  const opened = new WeakMap<PoolClient, number>()
  let current = 0
  return {
    isPast(client: PoolClient): boolean {
      if (!opened.has(client)) opened.set(client, current)
      return opened.get(client) !== current
    },
    end: () => void current++,
  }
}
