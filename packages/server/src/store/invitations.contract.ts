import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Secret } from '../domain/secret.ts'
import type { Store } from '../domain/store.ts'
import { inviteUser, withdrawInvitation } from '../domain/users/invite-user.ts'
import { registerUser } from '../domain/users/register-user.ts'
import { createPasswordHasher } from '../ports/password-hasher.ts'
import { systemRandom } from '../ports/random.ts'
import { policies, testRoot } from './policies.fixture.ts'
import { poolSize } from './store.contract.ts'
import { createStore, type Database } from './store.ts'

const password = new Secret('correct horse battery')
const day = 86_400 // seconds

/** What every store must do for invitations, races included, with so many handles on one database. */
export function invitationsContract(
  name: string,
  place: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the invitations contract: ${name}`, () => {
    const stores: Store[] = []
    const hasher = createPasswordHasher({ memoryKiB: 8, passes: 1 })
    before(async () => {
      const database = await place('invitations')
      for (let left = handles; left > 0; left--) stores.push(await createStore(database))
      // every connection of every one is open: a race for connections would hide others
      await Promise.all(stores.flatMap((one) => Array.from({ length: poolSize }, () => one.ping())))
    })
    after(async () => {
      await hasher.close()
      await Promise.all(stores.map((one) => one.close()))
    })

    const runtimeAt = (index: number, now = 1) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => now },
      random: systemRandom,
      hasher,
      commonPasswords: async () => () => false,
      root: testRoot,
      policies,
    })
    let made = 0
    const register = (invitation: Secret, index = 0, now = 1) =>
      registerUser(runtimeAt(index, now), `user ${made++}`, password, { invitation })
    const invite = (roles: readonly string[] = []) => inviteUser(runtimeAt(0), day, roles, 'grace')
    const unusable = { code: 'invitation_unusable' }

    test('whoever registers with an invitation has its roles, and it is used up', async () => {
      const { invitation, secret } = await invite(['editor', 'reader'])
      const user = await register(secret)
      assert.deepEqual(user.roles, ['editor', 'reader'])
      assert.deepEqual((await stores[0]?.users.find(user.id))?.roles, ['editor', 'reader'])
      await assert.rejects(register(secret), unusable)
      const [told] = (await stores[0]?.ledger.newest(1, { userId: user.id })) ?? []
      assert.equal(told?.facts, JSON.stringify({ invitation: invitation.id }))
    })

    test('of many who use one invitation at once, one registers', async () => {
      for (let round = 0; round < 5; round++) {
        const { secret } = await invite(['admin'])
        const racers = Array.from({ length: 12 }, (_, index) => register(secret, index))
        const results = await Promise.allSettled(racers)
        assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
        for (const one of results)
          if (one.status === 'rejected') assert.equal(one.reason.code, 'invitation_unusable')
      }
    })

    test('one that is too old, taken back, or never was lets nobody in', async () => {
      const [old, back] = [await invite(), await invite()]
      await assert.rejects(register(old.secret, 0, 1 + day), unusable)
      await register(old.secret, 0, day)
      await withdrawInvitation(runtimeAt(0), back.invitation.id, 'grace')
      await assert.rejects(register(back.secret), unusable)
      await assert.rejects(register(new Secret('csin_x')), unusable)
      const again = withdrawInvitation(runtimeAt(0), back.invitation.id, 'grace')
      await assert.rejects(again, { code: 'invitation_unknown' })
    })

    test('one is not used up by a registration that comes to nothing', async () => {
      const { secret } = await invite()
      const taken = { name: `user ${made - 1}`, invitation: secret }
      await register((await invite()).secret)
      const again = registerUser(runtimeAt(0), `user ${made - 1}`, password, taken)
      await assert.rejects(again, { code: 'username_taken' })
      await register(secret)
    })

    test('those that ended a month ago are forgotten', async () => {
      await inviteUser(runtimeAt(0, 1000 * day), day, [], 'grace')
      const left = (await stores[0]?.invitations.list({ limit: 100 })) ?? []
      assert.deepEqual(
        left.map(({ createdAt }) => createdAt),
        [1000 * day],
      )
    })
  })
}
