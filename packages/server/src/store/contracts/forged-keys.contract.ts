import { createSigner, exportPublicJwk, generateKey } from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql, type RawBuilder } from 'kysely'
import { encrypt } from '../../domain/kernel/encryption.ts'
import { openRootSecret, rootSecretName } from '../../domain/kernel/root-secret.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { bindKeyRing } from '../../domain/keys/bind-key-ring.ts'
import { compareKeyRing } from '../../domain/keys/compare-key-ring.ts'
import { readKeyRing } from '../../domain/keys/read-key-ring.ts'
import { ensureSigningKeys } from '../../domain/keys/ensure-signing-keys.ts'
import { openIssuer } from '../../domain/keys/open-issuer.ts'
import { rotateByHand, rotateSigningKeys } from '../../domain/keys/rotate-signing-keys.ts'
import { day, ringRuntime } from './keys.fixture.ts'
import type { Store } from '../../domain/store.ts'
import { openHandles } from './handles.fixture.ts'
import { withDatabase, type Database } from '../store.ts'

const url = 'https://auth.example.com'
const claims = { sub: 'mallory', aud: 'a' }
const now = 5 * day

/**
 * An attacker who can write to the database and does not have the key-encryption key. `locate` says where a database of that name is, without
 * rows at first.
 */
export function forgedKeysContract(
  name: string,
  locate: (database: string) => Promise<Database>,
): void {
  suite(`an attacker who writes to signing_keys: ${name}`, () => {
    /** A server with an active key and a next one, and the attacker's own connection. */
    async function attacked(database: string) {
      const where = await locate(database)
      const [store] = (await openHandles(where, 1)) as [Store]
      await ensureSigningKeys(ringRuntime(store, 0))
      await rotateSigningKeys(ringRuntime(store, 0))
      const runtime = ringRuntime(store, now)
      const issuer = openIssuer({ ...runtime, url })
      await issuer.reload()
      const run = (...statements: readonly RawBuilder<unknown>[]) =>
        withDatabase(where, async (db) => {
          for (const statement of statements) await statement.execute(db)
        })
      return {
        store,
        runtime,
        issuer,
        run,
        active: issuer.published().keys[0]?.kid ?? '',
        types: async () => (await store.auditLog.newest(100)).map(({ type }) => type),
        [Symbol.asyncDispose]: () => store.close(),
      }
    }

    /** A token that the attacker signs as this issuer, with a key of their own. */
    function forge() {
      const key = generateKey('ES256')
      const token = createSigner({ key, issuer: url, lifetime: 900, clock: { now: () => now } })
      return { id: key.id, jwk: JSON.stringify(exportPublicJwk(key)), token: token.sign(claims) }
    }

    test('[18.7] an inserted key verifies nothing, is not published, and is recorded', async () => {
      await using server = await attacked('inserted')
      const { id, jwk, token } = forge()
      await server.run(sql`insert into signing_keys
        (id, algorithm, public_jwk, encrypted, created_at, activated_at, retired_at)
        values (${id}, 'ES256', ${jwk}, '', 1, 1, ${now + day})`)
      const compared = await compareKeyRing(server.runtime)
      assert.deepEqual(compared.faults, [{ key: id, fault: 'not_bound' }])
      await server.issuer.reload()
      assert.throws(() => server.issuer.verifier.verify(token), { code: 'key_unknown' })
      assert.equal(server.issuer.published().keys.length, 2)
      await rotateSigningKeys(server.runtime)
      await rotateSigningKeys(server.runtime)
      const found = (await server.types()).filter((type) => type === 'key_rejected')
      assert.equal(found.length, 1, 'once, and then it is gone')
      assert.deepEqual(await compareKeyRing(server.runtime), { faults: [], rejected: [id] })
    })

    test('[18.7] another public half under the id of a key verifies nothing', async () => {
      await using server = await attacked('swapped')
      const { jwk, token } = forge()
      await server.run(sql`update signing_keys set public_jwk = ${jwk} where id = ${server.active}`)
      const late = openIssuer({ ...server.runtime, url })
      await late.reload()
      assert.throws(() => late.verifier.verify(token), { code: 'key_unknown' })
      assert.ok(!late.published().keys.some(({ kid }) => kid === server.active))
      assert.equal(typeof late.signer.sign(claims), 'string', 'the next key signs instead')
    })

    test('[18.7] times and algorithm of a key cannot be changed', async () => {
      await using server = await attacked('changed')
      const { active } = server
      const old = server.issuer.signer.sign(claims)
      await rotateByHand(server.runtime, active, 'now')
      const changes = [
        sql`update signing_keys set revoked_at = null where id = ${active}`,
        sql`update signing_keys set retired_at = ${now + day} where id = ${active}`,
        sql`update signing_keys set algorithm = 'RS256' where id = ${active}`,
      ]
      for (const change of changes) {
        await server.run(change)
        const late = openIssuer({ ...server.runtime, url })
        await late.reload()
        assert.throws(() => late.verifier.verify(old), { code: 'key_unknown' })
      }
    })

    test('[18.7] a row from before a revocation does not bring the key back', async () => {
      await using server = await attacked('restored')
      const { active } = server
      const old = server.issuer.signer.sign(claims)
      const copy = sql.raw('create table kept as select * from signing_keys')
      await server.run(copy)
      await rotateByHand(server.runtime, active, 'now')
      await server.run(
        sql`delete from signing_keys`,
        sql`insert into signing_keys select * from kept`,
      )
      const { faults } = await compareKeyRing(server.runtime)
      assert.deepEqual(
        faults.map(({ fault }) => fault),
        ['revoked', 'missing'],
      )
      const late = openIssuer({ ...server.runtime, url })
      await late.reload()
      assert.throws(() => late.verifier.verify(old), { code: 'key_unknown' })
    })

    test('[18.7] the keys of an older version get their MACs once, and a key of others none', async () => {
      await using server = await attacked('older')
      const { store, runtime } = server
      const context = rootSecretName
      const text = new Secret(Buffer.alloc(32, 'root').toString('base64'))
      const { current } = runtime.keyEncryptionKeys
      const older = encrypt(text, current, context, runtime.random)
      await store.encryptedSecrets.add(context, older, 0)
      const { id, jwk } = forge()
      const withoutMacs = sql`update signing_keys set mac = null`
      await server.run(
        sql`insert into signing_keys
          (id, algorithm, public_jwk, encrypted, created_at, activated_at, retired_at)
          values (${id}, 'ES256', ${jwk}, 'v2.x.y', 1, 1, ${now + day})`,
        withoutMacs,
      )
      await Promise.all([1, 2, 3].map(() => bindKeyRing(runtime)))
      const { ring, rejected } = await readKeyRing(runtime)
      assert.deepEqual([ring.length, rejected], [2, [id]])
      await server.run(withoutMacs)
      await bindKeyRing(runtime)
      assert.equal((await readKeyRing(runtime)).ring.length, 0, 'a second time nothing is bound')
    })

    test('[18.7] a root secret that was deleted is not replaced in silence', async () => {
      await using server = await attacked('rootless')
      await assert.rejects(openRootSecret(server.runtime), { code: 'decryption_failed' })
    })
  })
}
