import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { Secret } from '../../domain/kernel/secret.ts'
import { sessionUser } from '../contracts/sessions.fixture.ts'
import { createStore } from '../store.ts'

const server = await startPostgres()
after(() => server?.stop())
const skip = server ? false : howToGetPostgres

/** A store, and a connection beside it that hears the notifications of its database. */
async function given(name: string, { notify }: { readonly notify: boolean }) {
  const url = String(await server?.url(name))
  const store = await createStore({ kind: 'postgres', url: new Secret(url), poolSize: 8, notify })
  const client = new Client(url)
  await client.connect()
  const heard: (string | undefined)[] = []
  client.on('notification', ({ payload }) => heard.push(payload))
  await client.query('listen countersign_status')
  return {
    store,
    heard,
    client,
    async [Symbol.asyncDispose]() {
      await store.close()
      await client.end()
    },
  }
}

test('many sign-outs at once send few notifications to other servers', { skip }, async () => {
  await using other = await given('burst', { notify: true })
  const user = sessionUser(other.store)
  const grants = await Promise.all(Array.from({ length: 100 }, () => user.signIn()))
  await setTimeout(50)
  assert.deepEqual(other.heard, [], 'a sign-in notifies no server')
  await Promise.all(grants.map(({ session }) => user.end(session.id, 5)))
  await other.store.close() // sends those that wait
  await other.client.query('select 1')
  const { length } = other.heard
  assert.ok(length >= 1 && length <= 50, String(length))
  assert.deepEqual(new Set(other.heard), new Set(['statuses']))
})

test('with notifications turned off, no server sends or waits for one', { skip }, async () => {
  await using other = await given('silent', { notify: false })
  let calls = 0
  const stop = await other.store.onChange(async () => void calls++)
  const user = sessionUser(other.store)
  const { session } = await user.signIn()
  await user.end(session.id, 5)
  assert.equal(calls, 1, 'the process itself needs no notification')
  await stop()
  const listening = await other.client.query(
    "select 1 from pg_stat_activity where query like 'listen%' and pid <> pg_backend_pid() and datname = current_database()",
  )
  assert.equal(listening.rowCount, 0)
  assert.deepEqual(other.heard, [])
})
