import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { CountersignError } from '@countersign/token'
import { beginProduction } from '../../domain/production/begin-production.ts'
import { assertNotInProduction } from '../../domain/production/in-production.ts'
import type { Store } from '../../domain/store.ts'
import type { Users } from '../../domain/users/users.ts'
import { seedSampleUser } from '../../domain/production/sample-user.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { testRoot } from './policies.fixture.ts'
import { createStore, withDatabase, type Database } from '../store.ts'

/** The contract of the mark of production: it keeps development from a database of production, however closely the two begin. */
export function productionContract(
  name: string,
  place: (database: string) => Promise<Database>,
): void {
  suite(`the production contract: ${name}`, () => {
    const stores: Store[] = []
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })
    const runtimeOn = async (database: string) => {
      const store = await createStore(await place(database))
      stores.push(store)
      await store.ping()
      return {
        store,
        hasher: testHasher,
        clock: { now: () => 1 },
        random: systemRandom,
        root: testRoot,
      }
    }
    let runtime: Awaited<ReturnType<typeof runtimeOn>>
    before(async () => {
      runtime = await runtimeOn('production')
    })

    test('production begins once, the audit log records it, and development is kept out for good', async () => {
      await assertNotInProduction(runtime.store)
      await Promise.all(Array.from({ length: 5 }, () => beginProduction(runtime)))
      const begun = await runtime.store.auditLog.newest(9, { type: 'production_begun' })
      assert.equal(begun.length, 1)
      await assert.rejects(assertNotInProduction(runtime.store), { code: 'in_production' })
      await assert.rejects(seedSampleUser(runtime), { code: 'in_production' })
      assert.equal(await runtime.store.users.findByName('admin'), undefined)
    })

    test('development does not migrate a database of production that an earlier version wrote', async () => {
      const earlier = await runtimeOn('earlier')
      await beginProduction(earlier)
      const database = await place('earlier')
      await withDatabase(database, async (db) => {
        await sql`alter table audit_log rename to ledger`.execute(db)
        await sql`delete from kysely_migration where name = '0012-field-names'`.execute(db)
      })
      const opening = createStore(database, { refuseProduction: true })
      await assert.rejects(opening, { code: 'in_production' })
      await withDatabase(database, async (db) => {
        await sql`select seq from ledger`.execute(db) // it was not renamed
      })
    })

    test('production does not begin where the sample user is, and development goes on', async () => {
      const development = await runtimeOn('development')
      await seedSampleUser(development)
      await assert.rejects(beginProduction(development), { code: 'default_password' })
      await seedSampleUser(development)
    })

    test('development that begins between the first look and the mark is found by the second', async () => {
      const [ours, theirs] = [await runtimeOn('between'), await runtimeOn('between')]
      const store: Store = {
        ...ours.store,
        async transaction(work) {
          await seedSampleUser(theirs)
          return ours.store.transaction(work)
        },
      }
      await assert.rejects(beginProduction({ ...ours, store }), { code: 'default_password' })
    })

    test('production does not begin between a look of development and its sample user', async () => {
      const [ours, theirs] = [await runtimeOn('within'), await runtimeOn('within')]
      let served: Promise<unknown> = Promise.resolve()
      const store: Store = {
        ...theirs.store,
        transaction: (work) =>
          theirs.store.transaction((tx) => {
            const add: Users['add'] = async (...user) => {
              served = beginProduction(ours).then(
                () => 'serves',
                (error: CountersignError) => error.code,
              )
              await Promise.race([served, setTimeout(300)]) // under the lock it waits, and so longer
              return tx.users.add(...user)
            }
            return work({ ...tx, users: { ...tx.users, add } })
          }),
      }
      await seedSampleUser({ ...theirs, store })
      assert.equal(await served, 'default_password')
    })
  })
}
