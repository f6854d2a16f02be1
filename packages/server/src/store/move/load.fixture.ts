import assert from 'node:assert/strict'
import { isCountersignError } from '@countersign/token'
import { verifyAuditLog } from '../../domain/audit-log/verify-audit-log.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import type { Store } from '../../domain/store.ts'
import { testRoot } from '../contracts/policies.fixture.ts'
import { sessionUser } from '../contracts/sessions.fixture.ts'

/** The promise to a user: that a refresh token is good, or that a session has ended and its bit is set. */
type Promised =
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'ended'; readonly token: Secret; readonly status: StatusIndex }

/** Users who sign in, refresh and sign out, and what they were promised. */
export interface Load {
  readonly promised: readonly Promised[]
  /** Signs so many users in. */
  signIn(store: Store, count: number): Promise<void>
  /** Works on a store, sixteen users at a time, until its database is frozen or `stop` is called; then resolves. */
  work(store: Store): { readonly done: Promise<void>; stop(): void }
  /** Asserts that every promise holds on a store, and that its audit log is intact. */
  assertKept(store: Store): Promise<void>
}

const batchSize = 16 // at once: more would wait too long for a connection

/** Starts without a promise. */
export function createLoad(): Load {
  const promised: Promised[] = []

  async function story(store: Store): Promise<void> {
    const { signIn, refresh, end } = sessionUser(store)
    const first = await signIn()
    const second = await refresh(first.refreshToken, 1)
    promised.push({ kind: 'token', token: second.refreshToken })
    const { session, refreshToken } = await signIn()
    await end(session.id, 1)
    if (session.status)
      promised.push({ kind: 'ended', token: refreshToken, status: session.status })
  }

  return {
    promised,
    async signIn(store, count) {
      const { signIn } = sessionUser(store)
      for (let left = count; left > 0; left -= batchSize) {
        const some = Array.from({ length: Math.min(left, batchSize) }, () => signIn())
        for (const { refreshToken } of await Promise.all(some))
          promised.push({ kind: 'token', token: refreshToken })
      }
    },
    work(store) {
      const state = { stopped: false }
      const worker = async () => {
        while (!state.stopped) await story(store)
      }
      const done = Promise.all(Array.from({ length: 16 }, () => worker().catch(assertFrozen)))
      return { done: done.then(() => {}), stop: () => void (state.stopped = true) }
    },
    async assertKept(store) {
      const { verdict } = sessionUser(store)
      await store.numberStatusChanges() // as every server does when it starts: the source was frozen before
      const changes = await store.statusLists.changes(0, 10_000_000)
      const numbers = changes.map(({ seq }) => seq)
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((one, other) => one - other),
      )
      const bits = new Set(changes.map(({ list, index }) => `${list}/${index}`))
      for (let from = 0; from < promised.length; from += batchSize)
        await Promise.all(
          promised.slice(from, from + batchSize).map(async (one) => {
            if (one.kind === 'token') return assert.equal(await verdict(one.token, 2), 'good')
            assert.ok(bits.has(`${one.status.list}/${one.status.index}`), 'the bit is set')
            assert.equal(await verdict(one.token, 2), 'session_ended')
          }),
        )
      const { fault } = await verifyAuditLog({ store, root: testRoot }, [], () => {})
      assert.equal(fault, undefined)
    },
  }
}

function assertFrozen(error: unknown): void {
  if (!isCountersignError(error) || error.code !== 'database_moving') throw error
}
