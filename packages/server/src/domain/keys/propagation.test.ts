import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ringOf, ringRuntime } from '../../store/contracts/keys.fixture.ts'
import { createStore } from '../../store/store.ts'
import { ensureSigningKeys } from './ensure-signing-keys.ts'
import { revokeSigningKey } from './revoke-signing-key.ts'
import { rotateByHand, rotateSigningKeys } from './rotate-signing-keys.ts'
import { activeOf, standbyOf } from './signing-key.ts'

/** A ring with an active and a standby key, and the keys that were revoked when an operation waited for other servers. */
async function openRing() {
  const store = await createStore({ kind: 'sqlite', file: ':memory:' })
  const seen: (readonly string[])[] = []
  const runtime = ringRuntime(store, 1)
  const untilServersKnow = async () => {
    const ring = await ringOf(store)
    seen.push(ring.flatMap(({ id, revokedAt }) => (revokedAt === null ? [] : [id])))
  }
  const deps = { ...runtime, store: { ...store, untilServersKnow } }
  await ensureSigningKeys(deps)
  await rotateSigningKeys(deps)
  const ring = await ringOf(store)
  const ids = {
    active: activeOf(ring, 1, 'ES256')?.id ?? '',
    standby: standbyOf(ring, 1, 'ES256')?.id ?? '',
  }
  return { deps, seen, ...ids, [Symbol.asyncDispose]: () => store.close() }
}

test('[18.36] a rotation at once waits for other servers after the key is revoked', async () => {
  await using ring = await openRing()
  await rotateByHand(ring.deps, ring.active, 'now')
  assert.deepEqual(ring.seen, [[ring.active]])
})

test('[18.36] a revocation waits for other servers, too; a graceful rotation need not', async () => {
  await using ring = await openRing()
  await revokeSigningKey(ring.deps, ring.standby)
  assert.deepEqual(ring.seen, [[ring.standby]])
  await rotateByHand(ring.deps, ring.active, 'published')
  assert.equal(ring.seen.length, 1)
})
