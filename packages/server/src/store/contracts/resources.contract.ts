import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { commandLine } from '../../domain/audit-log/event.ts'
import { ensureSigningKeys } from '../../domain/keys/ensure-signing-keys.ts'
import {
  keepAlgorithm,
  putResource,
  removeResource,
} from '../../domain/machines/change-resources.ts'
import type { Store } from '../../domain/store.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import type { Database } from '../store.ts'
import { openHandles } from './handles.fixture.ts'
import { ringRuntime } from './keys.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'

/** The contract of every store for resources, races included, with so many handles on one database. */
export function resourcesContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the resources contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('resources'), handles)))
      await ensureSigningKeys(ringRuntime(stores[0]!, 1))
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    const runtimeAt = (index: number) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => 1 },
      random: systemRandom,
      root: testRoot,
      policies,
    })
    const put = (audience: string, scopes: readonly string[], index = 0) =>
      putResource(runtimeAt(index), { audience, scopes }, commandLine)

    test('a resource is added, changed under the same id, and removed, each with an event', async () => {
      const audience = 'https://notes.example'
      const made = await put(audience, ['notes:read'])
      const changed = await putResource(
        runtimeAt(0),
        { audience, scopes: ['notes:write', 'notes:write'], lifetime: 60, algorithm: 'ES256' },
        commandLine,
      )
      assert.deepEqual(changed, {
        ...made,
        scopes: ['notes:write'],
        lifetime: 60,
        algorithm: 'ES256',
      })
      assert.deepEqual(await stores[0]?.resources.findByAudience(audience), changed)
      assert.deepEqual(await stores[0]?.resources.list(), [changed])
      await removeResource(runtimeAt(0), made.id, commandLine)
      assert.equal(await stores[0]?.resources.find(made.id), undefined)
      await assert.rejects(removeResource(runtimeAt(0), made.id, commandLine), {
        code: 'resource_unknown',
      })
      const types = (await stores[0]?.auditLog.newest(3))?.map(({ type }) => type)
      assert.deepEqual(types, ['resource_removed', 'resource_set', 'resource_set'])
    })

    test('a change that keeps the algorithm keeps one that was chosen after its form was sent', async () => {
      const audience = 'https://kept.example'
      await put(audience, ['read'])
      const { store, ...runtime } = runtimeAt(1)
      const transaction: Store['transaction'] = async (work) => {
        const said = { audience, scopes: ['read'], algorithm: 'ES256' }
        await putResource(runtimeAt(0), said, commandLine)
        return store.transaction(work)
      }
      const form = { audience, scopes: ['read', 'write'], algorithm: keepAlgorithm }
      const deps = { ...runtime, store: { ...store, transaction } }
      const kept = await putResource(deps, form, commandLine)
      assert.deepEqual([kept.algorithm, kept.scopes], ['ES256', ['read', 'write']])
      const said = { audience: 'https://first.example', scopes: [], algorithm: keepAlgorithm }
      assert.equal((await putResource(runtimeAt(0), said, commandLine)).algorithm, null)
    })

    test('what cannot be a resource is refused', async () => {
      const refused = (change: object, code: string) =>
        assert.rejects(
          putResource(
            runtimeAt(0),
            { audience: 'https://a.example', scopes: [], ...change },
            commandLine,
          ),
          { code },
        )
      await refused({ audience: 'notes' }, 'resource_unacceptable')
      await refused({ audience: 'https://a.example#part' }, 'resource_unacceptable')
      await refused({ audience: `https://a.example/${'x'.repeat(300)}` }, 'resource_unacceptable')
      await refused({ lifetime: 9 }, 'resource_unacceptable')
      await refused({ algorithm: 'RS256' }, 'resource_unacceptable')
      for (const scope of ['', 'a b', 'a"b', 'a\\b', 'é', 'x'.repeat(65), 'admin:users', 'roles'])
        await refused({ scopes: [scope] }, 'scope_unacceptable')
      assert.equal((await put('a', ['urn:a'])).audience, 'a') // the audience of this server itself
    })

    test('of many that add one resource at once, all get the same', async () => {
      const racers = Array.from({ length: 12 }, (_, index) =>
        put('https://raced.example', [`s${index}`], index),
      )
      const ids = new Set((await Promise.all(racers)).map(({ id }) => id))
      assert.equal(ids.size, 1)
    })
  })
}
