import { promisify } from 'node:util'
import type { PostgresPool } from 'kysely'
import { Client, Pool, TypeOverrides, type PoolClient, type QueryConfig } from 'pg'
import { fail } from '../../failures.ts'
import type { ConnectionUrl } from './connection-url.ts'
import { pooledClient, type TakenConnection } from './pooled-client.ts'
import { toFailure } from './postgres-failures.ts'
import { createPreparedStatements, type PreparedStatementsMode } from './prepared-statements.ts'

// Opens connections, alone or in a pool.

const defaultConnectTimeout = 5_000 // milliseconds for a connection, new or from the pool; a sign-in waits no longer

const keepAliveInitialDelayMillis = 10_000 // by default two hours: an idle connection to a machine that died, as that which listens, ends 10 s later

/** The options of a pool. */
export interface PoolOptions {
  /** The maximum number of connections. */
  readonly poolSize: number
  /** Milliseconds to wait for a connection, new or from the pool; 5,000 by default. */
  readonly connectTimeout?: number
  /** The mode in which statements that run often are prepared; `auto` by default. */
  readonly preparedStatements?: PreparedStatementsMode
  /** True if a standby will do. */
  readonly mayBeReadOnly?: boolean
}

/** The hosts of a database, one of which is in use. */
export interface Hosts {
  readonly count: number
  /** A connection to the host in use; none reveals the URL. */
  readonly Client: new () => HostClient
}

/** A connection to one host. */
export interface HostClient extends Client {
  /** Lets new connections try the next host: this one does not answer, or is read-only. Does nothing if that has happened before. */
  leaveHost(): void
}

/** Makes the hosts of a database. The host in use changes only when a connection to it fails, so that the writable one is remembered. */
export function createHosts(
  { hosts }: ConnectionUrl,
  connectTimeout = defaultConnectTimeout,
): Hosts {
  const types = new TypeOverrides()
  types.setTypeParser(20, Number) // bigint: seconds and counts, all far below 2^53; by default pg returns strings
  let inUse = 0
  /** Keeps the URL, and with it the password, out of the pool's options, which appear when a pool is printed. */
  class HidingClient extends Client {
    readonly #host: number

    constructor() {
      const host = inUse
      super({
        connectionString: (hosts[host] ?? hosts[0]).reveal(),
        application_name: 'countersign',
        connectionTimeoutMillis: Math.ceil(connectTimeout / hosts.length), // a request waits for all of them together
        keepAlive: true,
        keepAliveInitialDelayMillis,
        types,
      })
      this.#host = host
      // A connection may break between two statements. The next use fails; without a listener, the event would end the process.
      this.on('error', () => {})
    }

    override connect(): Promise<this>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<this> | undefined {
      if (!callback)
        return promisify((done: (error: Error) => void) => this.connect(done))().then(() => this)
      super.connect((error: Error) => {
        if (error) this.leaveHost()
        callback(error)
      })
      return undefined
    }

    leaveHost(): void {
      if (this.#host === inUse) inUse = (inUse + 1) % hosts.length
    }
  }
  return { count: hosts.length, Client: HidingClient }
}

/** Makes a pool of connections to a database. */
export function createPool(
  url: ConnectionUrl,
  {
    poolSize,
    connectTimeout = defaultConnectTimeout,
    preparedStatements = 'auto',
    mayBeReadOnly = false,
  }: PoolOptions,
): PostgresPool {
  const hosts = createHosts(url, connectTimeout)
  const pool = new Pool({
    Client: hosts.Client,
    max: poolSize,
    connectionTimeoutMillis: connectTimeout,
    allowExitOnIdle: true, // an idle pool does not keep the process alive
  })
  pool.on('error', () => {}) // an idle connection broke: the pool has dropped it, and opens another when needed
  const generations = createGenerations()
  const statements = createPreparedStatements()
  const connect = createConnect({
    pool,
    hosts,
    generations,
    findsPoolers: preparedStatements === 'auto',
    mayBeReadOnly,
  })
  async function take(): Promise<TakenConnection> {
    const { client, isPooled } = await connect()
    const mayPrepare = preparedStatements !== 'off' && !isPooled
    const { statementTimeoutMs } = url
    return { client, statementTimeoutMs, statements: mayPrepare ? statements : undefined }
  }
  return {
    async connect() {
      try {
        return pooledClient(await take(), { generations, take })
      } catch (error) {
        throw toFailure(error)
      }
    },
    end: () => pool.end(),
    options: pool.options,
  }
}

/** The facts that are known about a connection. */
interface Inspection {
  /**
   * True if a pooler is between this process and the database: then the process of the database that runs a statement is another one than the one
   * that was named when the connection began. That is so with PgBouncer in every mode.
   */
  readonly isPooled: boolean
  /** True if the host is a standby, or read-only for another reason. */
  readonly isReadOnly: boolean
}

/** Makes the function that takes a connection from a pool. With several hosts it finds one that can be written. */
function createConnect({
  pool,
  hosts,
  generations,
  findsPoolers,
  mayBeReadOnly,
}: {
  readonly pool: Pool
  readonly hosts: Hosts
  readonly generations: Generations
  readonly findsPoolers: boolean
  readonly mayBeReadOnly: boolean
}) {
  const known = new WeakMap<PoolClient, Inspection>()
  const isNeeded = findsPoolers || hosts.count > 1

  async function take(): Promise<PoolClient> {
    const client = await pool.connect()
    if (!generations.isPast(client)) return client
    client.release(true)
    return take()
  }

  async function takeInspected() {
    const client = await take()
    if (!isNeeded) return { client, isPooled: false }
    const { isPooled, isReadOnly } = known.get(client) ?? (await inspect(client))
    known.set(client, { isPooled, isReadOnly })
    if (!isReadOnly || mayBeReadOnly || hosts.count === 1) return { client, isPooled }
    leave(client)
    throw fail('database_unusable', { detail: 'none of its hosts can be written; standbys answer' })
  }

  return async function connect() {
    for (let attempt = 1; ; attempt++)
      try {
        return await takeInspected()
      } catch (error) {
        if (attempt === hosts.count || isPoolExhausted(error)) throw error
      }
  }
}

/** Drops a connection, and lets the next one try the next host. */
function leave(client: PoolClient): void {
  ;(client as PoolClient & Pick<HostClient, 'leaveHost'>).leaveHost() // the pool makes connections of this class
  client.release(true)
}

/** Returns whether every connection of the pool was in use for too long; another host would not help. */
function isPoolExhausted(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect'
}

async function inspect(client: PoolClient): Promise<Inspection> {
  try {
    const { rows } = await client.query<{ pid: number; read_only: string }>({
      text: "select pg_backend_pid() as pid, current_setting('transaction_read_only') as read_only",
      query_timeout: defaultConnectTimeout,
    } as QueryConfig) // the types of pg lack the time-out
    const { processID } = client as PoolClient & { readonly processID: number } // the types of pg lack it
    return { isPooled: rows[0]?.pid !== processID, isReadOnly: rows[0]?.read_only === 'on' }
  } catch (error) {
    leave(client)
    throw error
  }
}

type Generations = ReturnType<typeof createGenerations>

/**
 * Tells connections apart that were opened before the database turned out to be read-only, or silent. After a failover they lead to the demoted
 * primary, where reads would go on to work and be old, or to a machine that is gone, where each would wait; a new connection finds the new one.
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
