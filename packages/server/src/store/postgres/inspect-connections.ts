import { randomUUID } from 'node:crypto'
import { systemTimer } from '@countersign/token/internal'
import { parseConnectionUrl } from './connection-url.ts'
import { createHosts } from './connections.ts'
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

/** Inspects the connections to a database, and sends itself a notification on a channel of its own. Fails with `database_unreachable`. */
export async function inspectConnections({
  url,
  listenUrl = url,
}: Pick<PostgresDatabase, 'url' | 'listenUrl'>): Promise<ConnectionReport> {
  const [sender, listener] = [url, listenUrl].map(
    (one) => new (createHosts(parseConnectionUrl(one)).Client)(),
  ) as [Client, Client]
  try {
    await Promise.all([sender.connect(), listener.connect()])
    const channel = `countersign_doctor_${randomUUID().replaceAll('-', '')}`
    const arrived = new Promise<boolean>((resolve) => {
      listener.on('notification', () => resolve(true))
      systemTimer.after(arrivalSeconds, () => resolve(false))
    })
    await listener.query(`listen ${channel}`)
    await listener.query('select 1') // behind a pooler, the session that listens may be another one's by now
    const { rows } = await sender.query<{ pid: number }>(
      'select pg_backend_pid() as pid, pg_notify($1, $2)',
      [channel, ''],
    )
    const { processID } = sender as Client & { readonly processID: number } // the types of pg lack it
    return { isPooled: rows[0]?.pid !== processID, notifies: await arrived }
  } catch (error) {
    throw toFailure(error)
  } finally {
    await Promise.allSettled([sender.end(), listener.end()])
  }
}

type Client = InstanceType<ReturnType<typeof createHosts>['Client']>
