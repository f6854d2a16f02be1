import { sql, type Kysely } from 'kysely'
import { systemTimer } from '@countersign/token/internal'
import type { Client } from 'pg'
import type { HostClient } from './connections.ts'
import type { StatusNotifier } from '../status-notifier.ts'

const channel = 'countersign_status'
const reconnectAfter = 1 // seconds; meanwhile servers poll once a second

/**
 * Makes the notifier of PostgreSQL: NOTIFY after the commit, LISTEN on a separate connection. A notification only names what changed, so a lost one
 * loses no data; after each reconnect `onChange` is called, because some may have been missed.
 */
export function createPostgresStatusNotifier(createClient: () => ListenClient): StatusNotifier {
  return {
    async announce(db, changes) {
      const notifications = changes.map((change) => sql`pg_notify(${channel}, ${change})`)
      await sql`select ${sql.join(notifications)}`.execute(db as Kysely<unknown>)
    },

    async listen(onChange) {
      let stopped = false
      let client: ListenClient | undefined
      let cancelReconnect = () => {}

      async function connect() {
        const next = createClient()
        client = next
        next.on('notification', ({ payload }) => onChange(payload === 'keys' ? 'keys' : 'statuses'))
        // Only `end` is sure to be emitted for a broken connection; `error` may come before it, or not at all.
        next.once('end', () => {
          if (!stopped) cancelReconnect = systemTimer.after(reconnectAfter, () => void connect())
        })
        try {
          await next.connect()
          await next.query(`listen ${channel}`) // a standby refuses it; servers poll then
          referencesOf(next).unref() // listening must not keep the process alive
          onChange('any')
        } catch {
          next.leaveHost?.()
          await next.end().catch(() => {})
        }
      }
      await connect()
      return async () => {
        stopped = true
        cancelReconnect()
        if (client) referencesOf(client).ref() // otherwise a process with nothing else to do would end while it waits
        await client?.end().catch(() => {})
      }
    },
  }
}

type ListenClient = Client & Partial<Pick<HostClient, 'leaveHost'>>

/** Methods that the types of `pg` lack. */
function referencesOf(client: Client): { ref(): void; unref(): void } {
  return client as Client & { ref(): void; unref(): void }
}
