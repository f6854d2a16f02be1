import { createSigner, generateKey, toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { commandLine } from '../../domain/audit-log/event.ts'
import { addClient, removeClient, type ClientText } from '../../domain/machines/change-clients.ts'
import { setClient } from '../../domain/machines/set-client.ts'
import { rotateClientSecret } from '../../domain/machines/client-secrets.ts'
import { checkAssertion } from '../../domain/machines/check-assertion.ts'
import { putResource } from '../../domain/machines/change-resources.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Store } from '../../domain/store.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import type { Database } from '../store.ts'
import { openHandles } from './handles.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'

const audience = 'https://notes.example'
const day = 86_400 // seconds

/** The contract of every store for service accounts, races included, with so many handles on one database. */
export function clientsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the clients contract: ${name}`, () => {
    const stores: Store[] = []
    const runtimeAt = (index: number, now = 1) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => now },
      random: systemRandom,
      root: testRoot,
      policies,
    })
    before(async () => {
      stores.push(...(await openHandles(await locate('clients'), handles)))
      await putResource(runtimeAt(0), { audience, scopes: ['notes:read'] }, commandLine)
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    let made = 0
    const add = (change: Partial<ClientText> = {}, index = 0) =>
      addClient(
        runtimeAt(index),
        {
          name: `client-${made++}`,
          grants: ['client_credentials'],
          scopes: ['notes:read'],
          resources: [audience],
          ...change,
        },
        commandLine,
      )
    const secretsOf = (id: string) => runtimeAt(0).store.clients.secrets(id)
    const trust = {
      issuer: 'https://ci.example',
      subject: 'repo:notes',
      audience: 'countersign',
      reusable: false,
    }

    test('a service account is stored as it was made, and only a hash of its secret is', async () => {
      const { client, secret } = await add()
      assert.match(secret?.reveal() ?? '', /^css_[\w-]{49}$/)
      const { store } = runtimeAt(0)
      assert.deepEqual(await store.clients.find(client.id), client)
      assert.deepEqual(await store.clients.findByName(client.name), client)
      assert.ok((await store.clients.list()).some(({ id }) => id === client.id))
      const [stored, ...others] = await secretsOf(client.id)
      assert.equal(others.length, 0)
      assert.ok(stored && !JSON.stringify(stored).includes(secret?.reveal().slice(4) ?? ''))
      await removeClient(runtimeAt(0), client.id, commandLine)
      assert.equal(await store.clients.find(client.id), undefined)
      assert.deepEqual(await secretsOf(client.id), [])
      const types = (await store.auditLog.newest(2)).map(({ type }) => type)
      assert.deepEqual(types, ['client_removed', 'client_added'])
    })

    test('a name, and an issuer with a subject, belong to one service account; it has no secret then', async () => {
      const { client, secret } = await add({ trust })
      assert.equal(secret, undefined)
      assert.deepEqual(
        await runtimeAt(0).store.clients.findByTrust(trust.issuer, trust.subject),
        client,
      )
      await assert.rejects(add({ name: client.name }), { code: 'client_taken' })
      await assert.rejects(add({ trust }), { code: 'client_taken' })
      const racers = Array.from({ length: 9 }, (_, index) => add({ name: 'raced' }, index))
      const results = await Promise.allSettled(racers)
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    })

    test('[20.30] what cannot be a service account is refused', async () => {
      const refused = (change: Partial<ClientText>, code: string) =>
        assert.rejects(add(change), { code })
      await refused({ name: 'No Name' }, 'client_unacceptable')
      await refused({ grants: [] }, 'client_unacceptable')
      await refused({ grants: ['client_credentials', 'password'] }, 'client_unacceptable')
      await refused({ resources: ['https://unknown.example'] }, 'resource_unknown')
      await refused({ scopes: ['notes:write'] }, 'scope_unacceptable')
      await refused({ scopes: ['admin:users'] }, 'scope_unacceptable') // of this server's own audience only
      await refused(
        { jwks: { keys: [{ kty: 'oct', k: 'AAAA', alg: 'HS256' }] } },
        'client_unacceptable',
      )
      for (const issuer of [
        'http://ci.example',
        'http://127.0.0.1.ci.example',
        'https://user:password@ci.example', // it would be shown to every administrator
        'https://@ci.example',
        'https:\\\\ci.example',
      ])
        await refused({ trust: { ...trust, issuer } }, 'client_unacceptable')
      const admin = { scopes: ['admin:users'], resources: [policies.tokens.audience] }
      assert.deepEqual((await add(admin)).client.scopes, ['admin:users'])
    })

    test('of two secrets one has an end, and a third takes the place of the older', async () => {
      const { client } = await add()
      const [first] = await secretsOf(client.id)
      await rotateClientSecret(runtimeAt(0, 10), client.id, day, commandLine)
      const [second, older] = await secretsOf(client.id)
      assert.deepEqual(older, { ...first, secret: { ...first?.secret, expiresAt: 10 + day } })
      assert.equal(second?.secret.expiresAt, null)
      await rotateClientSecret(runtimeAt(0, 20), client.id, day, commandLine)
      const kept = (await secretsOf(client.id)).map(({ secret }) => secret.expiresAt)
      assert.deepEqual(kept, [null, 20 + day])
      await rotateClientSecret(runtimeAt(0, 30), client.id, 0, commandLine)
      assert.equal((await secretsOf(client.id)).length, 1)
    })

    test('[20.53] a service account with keys or a trusted issuer gets no secret', async () => {
      const { client } = await add({ jwks: toJwks([generateKey('ES256')]) })
      const workload = await add({ trust: { ...trust, subject: 'repo:no-secret' } })
      for (const { id } of [client, workload.client]) {
        const rotation = rotateClientSecret(runtimeAt(0), id, day, commandLine)
        await assert.rejects(rotation, { code: 'client_unacceptable' })
        assert.deepEqual(await secretsOf(id), [])
      }
    })

    test('the refusal of a resource or a scope names it', async () => {
      const { client } = await add()
      const refusal = (change: Parameters<typeof setClient>[2], detail: RegExp) =>
        assert.rejects(setClient(runtimeAt(0), client.id, change, commandLine), {
          message: detail,
        })
      await refusal({ resources: [audience, 'https://no.example'] }, /https:\/\/no\.example/)
      await refusal({ scopes: ['notes:read', 'notes:write'] }, /notes:write/)
      await refusal({ resources: [] }, /notes:read/)
      await refusal({ resources: ['\u0000'] }, /printable/) // what no database stores is not repeated
    })

    test('an overlap begins when the secret is written, also if a lock was waited for', async () => {
      const { client } = await add()
      let now = 10
      const { store, ...runtime } = runtimeAt(0)
      const transaction: Store['transaction'] = (work) => {
        now = 40
        return store.transaction(work)
      }
      const waiting = { ...runtime, store: { ...store, transaction }, clock: { now: () => now } }
      const rotation = await rotateClientSecret(waiting, client.id, 60, commandLine)
      assert.equal(rotation.before?.expiresAt, 100)
      const [newest, replaced] = (await secretsOf(client.id)).map(({ secret }) => secret)
      assert.deepEqual([newest?.createdAt, replaced?.expiresAt], [40, 100])
    })

    test('of many rotations at once, two secrets are left and one of them has no end', async () => {
      const { client } = await add()
      const rotate = (index: number) =>
        rotateClientSecret(runtimeAt(index, 10), client.id, day, commandLine)
      await Promise.all(Array.from({ length: 9 }, (_, index) => rotate(index)))
      const kept = (await secretsOf(client.id)).map(({ secret }) => secret.expiresAt)
      assert.deepEqual(kept, [null, 10 + day])
    })

    test('the use of a secret is written once a minute', async () => {
      const { client } = await add()
      const { store } = runtimeAt(0)
      const [stored] = await secretsOf(client.id)
      const usedAt = async (at: number) => {
        await store.clients.markSecretUsed(stored?.secret.id ?? '', at)
        return (await secretsOf(client.id))[0]?.secret.lastUsedAt
      }
      assert.deepEqual([await usedAt(100), await usedAt(159), await usedAt(160)], [100, 100, 160])
    })

    test('[20.31] an assertion whose expiry has a fraction of a second is used once as well', async () => {
      const key = generateKey('ES256')
      const { client } = await add({ jwks: toJwks([key]) })
      const clock = { now: () => 0.25 }
      const signer = createSigner({ key, issuer: client.id, lifetime: 60, type: 'JWT', clock })
      const assertion = new Secret(signer.sign({ sub: client.id, aud: 'https://auth.example' }))
      const check = (index: number) =>
        checkAssertion(
          {
            ...runtimeAt(index),
            issuer: { url: 'https://auth.example' },
            trustedIssuers: { verify: () => assert.fail() },
            clientDocuments: { find: () => assert.fail() },
          },
          { assertion },
          {},
        )
      const results = await Promise.all(Array.from({ length: 100 }, (_, index) => check(index)))
      assert.deepEqual(
        results.filter((one) => one !== 'replayed'),
        [client],
      )
    })

    test('[20.2] of many servers that see one assertion at once, one may use it', async () => {
      const use = (index: number) => runtimeAt(index).store.clients.useAssertion('one', 100)
      const used = await Promise.all(Array.from({ length: 12 }, (_, index) => use(index)))
      assert.equal(used.filter(Boolean).length, 1)
      assert.equal(await runtimeAt(0).store.clients.pruneAssertions(100), 0)
      assert.equal(await runtimeAt(0).store.clients.pruneAssertions(101), 1)
    })
  })
}
