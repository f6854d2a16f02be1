import { sql, type Kysely } from 'kysely'
import { systemTimer } from '@countersign/token/internal'
import type { Client } from 'pg'
import type { StatusNotifier } from '../status-notifier.ts'

const channel = 'countersign_status'
const reconnectAfter = 1 // seconds; meanwhile servers look by themselves once a second

/**
 * How servers on one PostgreSQL tell each other that status bits were set: LISTEN on a connection of its own. A notification says only
 * that there is something to read, so one that is lost loses nothing; after each connection `wake` is called for those that may be.
 */
export function postgresStatusNotifications(createClient: () => Client): StatusNotifier {
  return {
    /** In the transaction: PostgreSQL sends it with the commit, and not at all without one. */
    async announce(tx) {
      await sql`select pg_notify(${channel}, '')`.execute(tx as Kysely<unknown>)
    },

    async listen(wake) {
      let stopped = false
      let client: Client | undefined
      let callOff = () => {}

      async function connect() {
        const next = createClient()
        client = next
        next.on('notification', wake)
        // Of a connection that breaks the end alone is sure to be told; the error may come first, or not at all.
        next.once('end', () => {
          if (!stopped) callOff = systemTimer.after(reconnectAfter, () => void connect())
        })
        try {
          await next.connect()
          ;(next as Client & { unref(): void }).unref() // there, but not in its types: to listen keeps no process alive
          await next.query(`listen ${channel}`)
          wake()
        } catch {
          await next.end().catch(() => {})
        }
      }
      await connect()
      return async () => {
        stopped = true
        callOff()
        await client?.end().catch(() => {})
      }
    },
  }
}
