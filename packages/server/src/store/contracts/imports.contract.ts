import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { commandLine } from '../../domain/audit-log/event.ts'
import { verifyAuditLog } from '../../domain/audit-log/verify-audit-log.ts'
import type { FileRecord, Members } from '../../domain/import-export/file-record.ts'
import { importUsers } from '../../domain/import-export/import-users.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { parseKeyedHash } from '../../domain/passwords/foreign-hash.ts'
import { pruneHashKinds } from '../../domain/passwords/prune-hash-kinds.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import type { Store } from '../../domain/store.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { policies } from './policies.fixture.ts'
import { ringRuntime } from './keys.fixture.ts'
import { openHandles } from './handles.fixture.ts'
import type { Database } from '../store.ts'

const digest = 'ab'.repeat(32)
const options = {
  from: 'jsonl',
  trustVerifiedEmails: false,
  withRoles: false,
  dryRun: false,
  by: commandLine,
} as const

/** The contract of every store for users who are imported while others register, and while the same file is imported twice. */
export function importsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the imports contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('imports'), handles)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })

    const runtimeAt = (index: number) => ({
      ...ringRuntime(stores[index % stores.length]!, 1),
      random: systemRandom,
      hasher: testHasher,
      commonPasswords: async () => () => false,
      policies,
    })

    async function importAt(index: number, records: readonly Members[]) {
      async function* numbered(): AsyncGenerator<FileRecord> {
        for (const [at, members] of records.entries()) yield { line: at + 1, members }
      }
      let counts = { added: 0, present: 0, refused: 0 }
      for await (const { added, present, refused } of importUsers(
        runtimeAt(index),
        numbered(),
        options,
      ))
        counts = { added, present, refused }
      return counts
    }

    test('two imports of one file at once add each user once', async () => {
      const records = Array.from({ length: 150 }, (_, at) => ({
        username: `twice ${at}`,
        email: `twice${at}@x.example`,
      }))
      const both = await Promise.all([importAt(0, records), importAt(1, records)])
      assert.equal(both[0].added + both[1].added, 150)
      assert.equal(both[0].present + both[1].present, 150)
      assert.equal((await verifyAuditLog(runtimeAt(0), [], () => {})).fault, undefined)
    })

    test('users who register while their names and addresses are imported, are there once', async () => {
      for (let round = 0; round < repetitions({ short: 5, long: 50 }); round++) {
        const names = Array.from({ length: 8 }, (_, at) => `race ${round} ${at}`)
        const emailOf = (at: number) => `race${round}.${at}@x.example`
        // Names without an address first: while the import holds them, it must not wait for the addresses of those who wait for it.
        const records = names.map((username, at) =>
          at < 4 ? { username } : { username, email: emailOf(at) },
        )
        const [counts, ...registered] = await Promise.all([
          importAt(0, records),
          ...names.map((username, at) =>
            registerUser(runtimeAt(at), username, new Secret('correct horse battery'), {
              email: emailOf(at),
            }).then(
              () => 1,
              (error: { code?: string }) => {
                assert.match(error.code ?? String(error), /^(username|email)_taken$/)
                return 0
              },
            ),
          ),
        ])
        const own = registered.reduce<number>((sum, one) => sum + one, 0)
        assert.equal(counts.added + own, names.length)
      }
    })

    test('[24.1] a kind of hash stays while a user of it is imported, and goes with the last one', async () => {
      const store = stores[0]!
      for (let round = 0; round < repetitions({ short: 5, long: 100 }); round++) {
        const record = (at: number) => ({
          username: `kind ${round} ${at}`,
          password_hash: `scrypt:${2 ** ((round % 9) + 2)}:8:1$salt$${digest}`,
        })
        await importAt(0, [record(0)])
        const kind = (await store.hashKinds.list()).find((one) => one.startsWith('$scrypt'))
        assert.ok(kind)
        await pruneHashKinds(runtimeAt(1))
        assert.ok((await store.hashKinds.list()).includes(kind), 'while it is in use')
        const first = await store.users.findByName(`kind ${round} 0`)
        await store.users.renewHash(first!.user.id, first!.hash, 'renewed')
        await Promise.all([
          importAt(0, [record(1)]),
          pruneHashKinds(runtimeAt(1)),
          pruneHashKinds(runtimeAt(2)),
        ])
        assert.ok((await store.hashKinds.list()).includes(kind), `round ${round}`)
        const second = await store.users.findByName(`kind ${round} 1`)
        await store.users.renewHash(second!.user.id, second!.hash, 'renewed')
        await pruneHashKinds(runtimeAt(1))
        assert.ok(!(await store.hashKinds.list()).includes(kind))
      }
    })

    test('[24.1] a kind of hash stays while a hash of an HMAC has it', async () => {
      const { users, hashKinds } = stores[0]!
      const inner = `scrypt:2048:8:1$keyed salt$${digest}`
      await importAt(0, [{ username: 'keyed', password_hash: parseKeyedHash(inner, 'AAAAAAAA') }])
      await pruneHashKinds(runtimeAt(1))
      assert.ok((await hashKinds.list()).some((one) => one.startsWith('$scrypt$ln=11,')))
      const keyed = await users.findByName('keyed')
      await users.renewHash(keyed!.user.id, keyed!.hash, 'renewed')
      await pruneHashKinds(runtimeAt(1))
      assert.ok(!(await hashKinds.list()).some((one) => one.startsWith('$scrypt$ln=11,')))
    })
  })
}
