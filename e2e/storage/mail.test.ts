import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { startTwoServers } from '@countersign/testing/servers'
import { startSmtp } from '@countersign/testing/smtp'
import { Client } from 'pg'
import { loadConfig } from '../../packages/server/src/config/load.ts'
import { enqueueMail } from '../../packages/server/src/domain/mail/enqueue-mail.ts'
import { closeRuntime, openRuntime } from '../../packages/server/src/open-runtime.ts'
import type { Runtime } from '../../packages/server/src/runtime.ts'

const mails = 200
const connectionsOfOne = 5 // that a server has to the SMTP server at most

/** Opens the store of the servers, and promises the mails in one transaction: all are due at once. */
async function promiseMails(env: Readonly<Record<string, string>>): Promise<Runtime> {
  const runtime = await openRuntime(loadConfig({ mode: 'development', env }))
  await runtime.store.transaction(async (tx) => {
    for (let index = 0; index < mails; index++) {
      const to = `ada-${index}@example.com`
      const mail = { kind: 'test', to, language: 'en', values: {}, secrets: {} } as const
      await enqueueMail(runtime, tx, mail)
    }
  })
  return runtime
}

/** Waits until so many statements of a database wait for a lock. */
async function untilWaiting(client: Client, count: number): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while (((await client.query(waiting)).rowCount ?? 0) < count) {
    await setTimeout(50)
    await client.query('select pg_stat_clear_snapshot()') // else a transaction sees the first answer again
  }
}

test('two servers on one PostgreSQL that claim the same mails send each of 200 once', async (t) => {
  await using database = await startPostgres()
  if (!database) return t.skip(howToGetPostgres)
  await using smtp = await startSmtp()
  const [full, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  smtp.received = () => {
    if (smtp.mails.length >= 2 * connectionsOfOne) full.resolve()
    return open.promise
  }
  const url = await database.url('two_senders')
  await using servers = await startTwoServers({
    COUNTERSIGN_DATABASE_URL: url,
    COUNTERSIGN_MAIL_HOST: '127.0.0.1',
    COUNTERSIGN_MAIL_PORT: String(smtp.port),
    COUNTERSIGN_MAIL_TLS: 'none',
    COUNTERSIGN_MAIL_FROM: 'no-reply@example.com',
  })
  const runtime = await promiseMails(servers.env)
  await using _runtime = { [Symbol.asyncDispose]: () => closeRuntime(runtime) }
  await full.promise // both servers have as many mails under way as they may, and the SMTP server holds them
  const client = new Client(url)
  await client.connect()
  await using _client = { [Symbol.asyncDispose]: () => client.end() }
  await client.query('begin')
  await client.query('select from outbox where attempts = 0 for update')
  open.resolve()
  await untilWaiting(client, 2) // both have found the same mails, and wait to claim them
  await client.query('commit')
  while ((await runtime.store.outbox.count()).waiting > 0) await setTimeout(50)
  assert.deepEqual(await runtime.store.outbox.count(), { waiting: 0, dead: 0 })
  const ids = smtp.mails.map(({ text }) => /^Message-ID: (<\S+>)/im.exec(text)?.[1])
  assert.equal(ids.length, mails)
  assert.equal(new Set(ids).size, mails)
})
