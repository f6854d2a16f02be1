import { randomUUID } from 'node:crypto'
import { systemTimer } from '@countersign/token/internal'
import type { Secret } from '../../domain/kernel/secret.ts'
import { parseConnectionUrl } from './connection-url.ts'
import { createHosts, type HostClient } from './connections.ts'
import { toFailure } from './postgres-failures.ts'
import type { PostgresDatabase } from './postgres.ts'

/** The facts about the connections between this process and a PostgreSQL database. */
export interface ConnectionReport {
  /** True if `database.url` leads to a pooler. */
  readonly isPooled: boolean
  /** True if a notification that is sent over `database.url` arrives on `database.listen_url`, or where there is none on `database.url`. */
  readonly notifies: boolean
}

const arrivalSeconds = 1 // notifications take milliseconds

/**
 * Inspects the connections to a database, and sends itself a notification on a channel of its own. Fails with `database_unreachable`, and with
 * `database_unusable` where each host that answers is a standby.
 */
export async function inspectConnections({
  url,
  listenUrl = url,
}: Pick<PostgresDatabase, 'url' | 'listenUrl'>): Promise<ConnectionReport> {
  const channel = `countersign_doctor_${randomUUID().replaceAll('-', '')}`
  const arrival = Promise.withResolvers<boolean>()
  const clients: HostClient[] = []
  try {
    await onPrimary(listenUrl, clients, async (listener) => {
      listener.on('notification', () => arrival.resolve(true))
      await listener.query(`listen ${channel}`)
      await listener.query('select 1') // behind a pooler, the session that listens may be another one's by now
    })
    const isPooled = await onPrimary(url, clients, async (sender) => {
      const text = 'select pg_backend_pid() as pid, pg_notify($1, $2)'
      const { rows } = await sender.query<{ pid: number }>(text, [channel, ''])
      const { processID } = sender as HostClient & { readonly processID: number } // the types of pg lack it
      return rows[0]?.pid !== processID
    })
    const cancel = systemTimer.after(arrivalSeconds, () => arrival.resolve(false))
    return { isPooled, notifies: await arrival.promise.finally(cancel) }
  } catch (error) {
    throw toFailure(error)
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()))
  }
}

/** Runs statements that a standby refuses, LISTEN or NOTIFY, on the first host of a URL that accepts them. Adds each connection that was tried to `clients`. */
async function onPrimary<T>(
  url: Secret,
  clients: HostClient[],
  run: (client: HostClient) => Promise<T>,
): Promise<T> {
  const hosts = createHosts(parseConnectionUrl(url))
  for (let attempt = 1; ; attempt++) {
    const client = new hosts.Client()
    clients.push(client)
    try {
      await client.connect()
      return await run(client)
    } catch (error) {
      if (attempt === hosts.count) throw error
      client.leaveHost() // does nothing if the failed connection has left it
    }
  }
}
