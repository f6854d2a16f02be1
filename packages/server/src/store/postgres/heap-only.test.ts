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

test(
  'a refresh is a heap-only update: no index of the sessions is written',
  { skip },
  async (t) => {
    const url = String(await server?.url('heap_only'))
    const client = new Client(url)
    await client.connect()
    const store = await createStore({ kind: 'postgres', url: new Secret(url), poolSize: 8 })
    const user = sessionUser(store)
    // One after the other: a row that another transaction may still read takes the room of the next.
    for (let nth = 0; nth < 100; nth++) {
      let token = (await user.signIn()).refreshToken
      for (let at = 100; at < 700; at += 100) token = (await user.refresh(token, at)).refreshToken
    }
    await store.close() // its connections report what they have counted
    let [updates, heapOnly] = [0, 0]
    for (let left = 1_000; updates < 600; left--) {
      assert.ok(left > 0, `${updates} updates were counted`)
      const { rows } = await client.query(
        "select n_tup_upd::int as updates, n_tup_hot_upd::int as heap_only from pg_stat_user_tables where relname = 'sessions'",
      )
      ;({ updates, heap_only: heapOnly } = rows[0] as { updates: number; heap_only: number })
      await setTimeout(20)
    }
    await client.end()
    t.diagnostic(`${heapOnly} of ${updates} updates`)
    assert.ok(heapOnly / updates >= 0.97, `${heapOnly} of ${updates}`)
  },
)
