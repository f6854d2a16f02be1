import { array, assert as check, asyncProperty, constantFrom, nat, record } from 'fast-check'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { ensureSigningKeys } from '../../domain/keys/ensure-signing-keys.ts'
import { reencrypt } from '../../domain/keys/reencrypt.ts'
import { rotateByHand, rotateSigningKeys } from '../../domain/keys/rotate-signing-keys.ts'
import { encryptedUnder, decrypt } from '../../domain/kernel/encryption.ts'
import { activeOf, stateOf, type KeyRing } from '../../domain/keys/signing-key.ts'
import { revokeSigningKey } from '../../domain/keys/revoke-signing-key.ts'
import type { Store } from '../../domain/store.ts'
import { boundKeyOf, day, newKeyEncryptionKeys, ringOf, ringRuntime } from './keys.fixture.ts'
import { companion } from './process.fixture.ts'
import { openHandles } from './handles.fixture.ts'
import type { Database } from '../store.ts'

const count = 4 // handles on one database

/** The contract of every store for signing keys, races included. */
export function keysContract(name: string, locate: (database: string) => Promise<Database>): void {
  suite(`the keys contract: ${name}`, () => {
    /** Several handles on one database, every connection of each open: a race for connections would hide others. */
    async function handles(database: string) {
      const all = await openHandles(await locate(database), count)
      return {
        at: (index: number) => all[index % count]!,
        ring: () => ringOf(all[0]!),
        [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((one) => one.close()))),
      }
    }
    /** The same, with a first key and the next. */
    async function begun(database: string) {
      const opened = await handles(database)
      await begin(opened.at(0))
      return opened
    }
    async function begin(store: Store) {
      await ensureSigningKeys(ringRuntime(store, 0))
      await rotateSigningKeys(ringRuntime(store, 0))
    }
    const states = (ring: KeyRing, now: number) => ring.map((key) => stateOf(key, now)).join(' ')
    const times = <T>(many: number, work: (index: number) => Promise<T>) =>
      Promise.all(Array.from({ length: many }, (_, index) => work(index)))

    test('a key is kept as it was given, and shown in the order in which keys sign', async () => {
      await using opened = await handles('rows')
      const { signingKeys } = opened.at(0)
      const last = boundKeyOf({ activatedAt: 30, retiredAt: 40, revokedAt: 35 })
      const first = boundKeyOf({ activatedAt: 10, retiredAt: 20 })
      for (const key of [last, first]) await signingKeys.add(key)
      assert.deepEqual(await signingKeys.list(), [first, last])
      const changed = { ...first.key, activatedAt: 11, retiredAt: 21, revokedAt: 15 }
      await signingKeys.updateTimes({ key: { ...changed, encrypted: 'not this' }, mac: 'another' })
      await signingKeys.delete(last.key.id)
      assert.deepEqual(await signingKeys.list(), [{ key: changed, mac: 'another' }])
    })

    test('the database itself refuses a second key of an algorithm without an end, should the lock ever fail', async () => {
      await using opened = await handles('one end')
      const { signingKeys } = opened.at(0)
      await signingKeys.add(boundKeyOf())
      await assert.rejects(signingKeys.add(boundKeyOf()), { code: 'database_unusable' })
      await signingKeys.add(boundKeyOf({ algorithm: 'RS256' }))
    })

    test('an encrypted key is replaced only if it is unchanged since it was read', async () => {
      await using opened = await handles('rows')
      const { signingKeys } = opened.at(0)
      const bound = boundKeyOf({ encrypted: 'one', retiredAt: 5 })
      const { key } = bound
      await signingKeys.add(bound)
      const thing = { context: key.id, encrypted: 'one' }
      assert.ok((await signingKeys.listEncrypted()).some(({ context }) => context === key.id))
      assert.equal(await signingKeys.replaceEncrypted(thing, 'two'), true)
      assert.equal(await signingKeys.replaceEncrypted(thing, 'three'), false)
      await signingKeys.replaceEncrypted({ ...thing, encrypted: 'two' }, '')
      assert.ok((await signingKeys.listEncrypted()).every(({ context }) => context !== key.id))
    })

    test('however many servers look after the ring at once, it gets one next key', async () => {
      await using opened = await begun('scheduled')
      const { at, ring } = opened
      assert.equal(states(await ring(), 0), 'active standby')
      for (const now of [90, 180, 270, 360, 450].map((days) => days * day)) {
        await times(24, (index) => rotateSigningKeys(ringRuntime(at(index), now)))
        const live = (await ring()).filter((key) => stateOf(key, now) !== 'retired')
        assert.equal(states(live, now), 'retiring active standby')
      }
    })

    test('however many rotate by hand at once, one does', async () => {
      await using opened = await begun('by hand')
      const { at, ring } = opened
      let now = 10 * day
      for (const haste of ['published', 'now', 'published', 'now'] as const) {
        const { id } = activeOf(await ring(), now, 'ES256')!
        const rotations = times(24, (index) => rotateByHand(ringRuntime(at(index), now), id, haste))
        assert.equal((await rotations).filter((verdict) => verdict === 'done').length, 1)
        const after = await ring()
        assert.notEqual(activeOf(after, now, 'ES256')!.id, id)
        assert.equal(after.filter((key) => stateOf(key, now) === 'standby').length, 1)
        const before = after.find((key) => key.id === id)!
        assert.equal(stateOf(before, now), haste === 'now' ? 'retired' : 'retiring')
        now += 10 * day
      }
    })

    test('of three processes that rotate eight times each, one rotates once', async () => {
      await using opened = await begun('processes that rotate')
      const { ring } = opened
      const [before] = await ring()
      const database = await locate('processes that rotate')
      const rotators = Array.from({ length: 3 }, () => companion('rotate', database))
      await Promise.all(rotators.map(({ lines }) => lines.next())) // all are ready
      for (const { process } of rotators) process.stdin?.write('go')
      const done = await Promise.all(
        rotators.map(async ({ lines }) => Number((await lines.next()).value)),
      )
      assert.deepEqual(await Promise.all(rotators.map(({ ended }) => ended)), [0, 0, 0])
      assert.equal(
        done.reduce((sum, one) => sum + one),
        1,
      )
      const after = await ring()
      assert.equal(states(after, 10 * day), 'retiring active standby')
      assert.equal(after[0]?.id, before?.id)
    })

    test('the active key and an unknown one cannot be revoked, any other can at once', async () => {
      await using opened = await begun('revoked')
      const { at, ring } = opened
      const [active, next] = await ring()
      const runtime = ringRuntime(at(0), 5 * day)
      const failsWith = async (id: string, code: string) =>
        assert.rejects(revokeSigningKey(runtime, id), { code })
      await failsWith(active!.id, 'signing_key_active')
      await failsWith('unknown', 'signing_key_unknown')
      await times(8, (index) => revokeSigningKey(ringRuntime(at(index), 5 * day), next!.id))
      const after = await ring()
      assert.equal(
        stateOf(
          after.find(({ id }) => id === next!.id)!,
          5 * day,
        ),
        'retired',
      )
      assert.equal(activeOf(after, 5 * day, 'ES256')?.id, active!.id)
      const standby = after.filter((key) => stateOf(key, 5 * day) === 'standby')
      assert.equal(standby.length, 1, 'and another stands by')
      assert.equal(standby[0]?.activatedAt, 90 * day)
    })

    test('a private half is destroyed when its key is retired, and the row a month later', async () => {
      await using opened = await begun('erased')
      const { at, ring } = opened
      const [first] = await ring()
      const found = async (days: number) => {
        await rotateSigningKeys(ringRuntime(at(0), days * day))
        return (await ring()).find(({ id }) => id === first?.id)?.encrypted
      }
      assert.match(String(await found(91)), /^v2\./)
      assert.equal(await found(92), '')
      assert.equal(await found(121), '')
      assert.equal(await found(122), undefined)
    })

    test('after re-encryption everything decrypts with the new key-encryption key; no race loses a key', async () => {
      await using opened = await begun('re-encrypted')
      const { at } = opened
      const old = ringRuntime(at(0), 0).keyEncryptionKeys
      const keys = newKeyEncryptionKeys(old)
      const now = 90 * day + 60 // the first key is retiring
      const runtime = (index: number) => ({
        ...ringRuntime(at(index), now),
        keyEncryptionKeys: keys,
      })
      const done = await times(12, async (index) => {
        if (index % 3 === 0) await rotateSigningKeys(ringRuntime(at(index), now)) // still seals under the old one
        return (await reencrypt(runtime(index))).reencrypted
      })
      await reencrypt(runtime(0))
      assert.ok(done.some((some) => some > 0))
      const encrypted = await at(0).signingKeys.listEncrypted()
      assert.equal(encrypted.length, 3)
      for (const thing of encrypted) {
        assert.equal(encryptedUnder(thing.encrypted), keys.current.id)
        decrypt(thing.encrypted, { current: keys.current, others: [] }, thing.context)
      }
      assert.deepEqual(await reencrypt(runtime(0)), { reencrypted: 0, missing: [] })
      const lost = { ...runtime(0), keyEncryptionKeys: newKeyEncryptionKeys() }
      assert.deepEqual(await reencrypt(lost), { reencrypted: 0, missing: [keys.current.id] })
    })

    test('after all that several servers do to a ring at once, one key signs and one follows', async () => {
      const kind = constantFrom('job', 'job', 'rotate', 'now', 'revoke', 'wait')
      const event = record({ kind, pick: nat(9), days: constantFrom(1, 5, 40) })
      await using opened = await handles('lives')
      const { at, ring } = opened
      const lives = asyncProperty(array(event, { minLength: 4, maxLength: 16 }), async (events) => {
        for (const { id } of await ring()) await at(0).signingKeys.delete(id)
        await begin(at(0))
        let now = 0
        for (const { kind: what, pick, days } of events) {
          if (what === 'wait') now += days * day
          const known = await ring()
          const { id } = activeOf(known, now, 'ES256')!
          const victim = known[pick % known.length]!.id
          await times(4, async (index) => {
            const runtime = ringRuntime(at(index), now)
            if (what === 'rotate') await rotateByHand(runtime, id, 'published')
            if (what === 'now') await rotateByHand(runtime, id, 'now')
            if (what === 'revoke' && victim !== id) await revokeSigningKey(runtime, victim)
            await rotateSigningKeys(runtime)
          })
          const all = states(await ring(), now).split(' ')
          assert.equal(all.filter((state) => state === 'active').length, 1)
          assert.equal(all.filter((state) => state === 'standby').length, 1)
        }
      })
      await check(lives, { numRuns: repetitions({ short: 4, long: 12 }) })
    })
  })
}
