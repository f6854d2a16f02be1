import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { commandLine } from '../../domain/audit-log/event.ts'
import { rootSecret } from '../../domain/kernel/root-secret.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Store } from '../../domain/store.ts'
import { nameOf, type Actor } from '../../domain/administration/actor.ts'
import { addClient, removeClient } from '../../domain/machines/change-clients.ts'
import { setClient } from '../../domain/machines/set-client.ts'
import { deleteUser } from '../../domain/administration/delete-user.ts'
import { disableUser, enableUser } from '../../domain/administration/disable-user.ts'
import {
  inviteUser,
  recoverSecret,
  revokeInvitation,
} from '../../domain/registration/invite-user.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { makeAdministrator } from './administrator.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'
import { migrations } from '../migrations/migrations.ts'
import { inOneStrand, openHandles, type Locate } from './handles.fixture.ts'
import { createStore, withDatabase } from '../store.ts'

const password = new Secret('correct horse battery')
const day = 86_400 // seconds

/** The contract of every store for invitations, races included, with so many handles on one database. */
export function invitationsContract(name: string, locate: Locate, handles: number): void {
  suite(`the invitations contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('invitations'), handles, inOneStrand)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })

    const runtimeAt = (index: number, now = 1) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => now },
      random: systemRandom,
      hasher: testHasher,
      commonPasswords: async () => () => false,
      root: testRoot,
      policies,
    })
    let made = 0
    const register = (invitation: Secret, index = 0, now = 1) =>
      registerUser(runtimeAt(index, now), `user ${made++}`, password, { invitation })
    const invite = (roles: readonly string[] = [], inviter: Actor = commandLine) =>
      inviteUser(runtimeAt(0), day, roles, inviter)
    /** A service account that may invite. */
    const newClient = async () => {
      const { client } = await addClient(
        runtimeAt(0),
        {
          name: `inviter-${made++}`,
          grants: ['client_credentials'],
          scopes: ['admin:invitations'],
          resources: [policies.tokens.audience],
        },
        commandLine,
      )
      return { client: client.id, scope: 'admin:invitations' } as const
    }
    const newInviter = () => makeAdministrator(runtimeAt(0), `user ${made++}`, password)
    const unusable = { code: 'invitation_unusable' }
    /** Returns the facts of the newest entry of the audit log about an invitation that was refused. */
    const refusal = async () => {
      const [entry] = (await stores[0]?.auditLog.newest(1, { type: 'invitation_refused' })) ?? []
      return JSON.parse(entry?.facts ?? '{}') as { invitation?: string; reason?: string }
    }

    test('a user who registers with an invitation gets its roles, and the invitation is used up', async () => {
      const { invitation, secret } = await invite(['editor', 'reader'])
      const user = await register(secret)
      assert.deepEqual(user.roles, ['editor', 'reader'])
      assert.deepEqual((await stores[0]?.users.find(user.id))?.roles, ['editor', 'reader'])
      await assert.rejects(register(secret), unusable)
      const [told] = (await stores[0]?.auditLog.newest(1, { userId: user.id })) ?? []
      assert.equal(told?.facts, JSON.stringify({ invitation: invitation.id }))
    })

    test('[25.1] the secret of an invitation is recovered with the root secret it was made under, and the database has a hash', async () => {
      const { invitation, secret } = await invite()
      assert.equal((await recoverSecret(runtimeAt(0), invitation))?.reveal(), secret.reveal())
      const root = rootSecret(new Secret(Buffer.alloc(32, 'other').toString('base64')))
      assert.equal(await recoverSecret({ ...runtimeAt(0), root }, invitation), undefined)
      const stored = await stores[0]?.invitations.list({ limit: 99 })
      assert.ok(!JSON.stringify(stored).includes(secret.reveal()))
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

    test('[18.10] however often a spent invitation is tried, the audit log has few entries, which count all', async () => {
      const { invitation, secret } = await invite()
      await register(secret)
      const tries = Array.from({ length: 80 }, (_, at) => register(secret, at))
      for (const one of await Promise.allSettled(tries)) assert.equal(one.status, 'rejected')
      const entries = (await stores[0]?.auditLog.newest(99, { type: 'invitation_refused' })) ?? []
      const counts = entries
        .map(({ facts }) => JSON.parse(facts) as { invitation: string; count?: number })
        .filter((facts) => facts.invitation === invitation.id)
        .map(({ count = 1 }) => count)
      assert.equal(counts.length, 22)
      assert.equal(
        counts.reduce((sum, one) => sum + one, 0),
        80,
      )
    })

    test('an expired, revoked or unknown invitation is refused', async () => {
      const [old, back] = [await invite(), await invite()]
      await assert.rejects(register(old.secret, 0, 1 + day), unusable)
      await register(old.secret, 0, day)
      const grace = await newInviter()
      await revokeInvitation(runtimeAt(0), back.invitation.id, grace)
      await assert.rejects(register(back.secret), unusable)
      await assert.rejects(register(new Secret('csin_x')), unusable)
      const again = revokeInvitation(runtimeAt(0), back.invitation.id, grace)
      await assert.rejects(again, { code: 'invitation_unknown' })
    })

    test('an invitation is invalid while its inviter is deleted, disabled or no administrator', async () => {
      const fall = {
        inviter_gone: (id: string) => deleteUser(runtimeAt(0), id, commandLine),
        inviter_disabled: (id: string) => disableUser(runtimeAt(0), id, commandLine),
        inviter_powerless: (id: string) => setRoles(runtimeAt(0), id, ['editor'], commandLine),
      }
      for (const [reason, of] of Object.entries(fall)) {
        const inviter = await newInviter()
        const { invitation, secret } = await invite(['editor'], inviter)
        await of(inviter.user)
        const no = { code: 'administrators_only' }
        await assert.rejects(invite(['editor'], inviter), no, 'nor are others made')
        await assert.rejects(register(secret), unusable, reason)
        assert.deepEqual(await refusal(), { invitation: invitation.id, reason })
      }
    })

    test('[20.33] nor of a service account that was removed, or has lost the scope for it', async () => {
      const narrow = (id: string) =>
        setClient(runtimeAt(0), id, { scopes: ['admin:users'] }, commandLine)
      const fall = {
        inviter_gone: (id: string) => removeClient(runtimeAt(0), id, commandLine),
        inviter_powerless: narrow,
      }
      for (const [reason, of] of Object.entries(fall)) {
        const inviter = await newClient()
        const [early, late] = [await invite(['admin'], inviter), await invite(['admin'], inviter)]
        assert.deepEqual((await register(early.secret)).roles, ['admin'])
        await of(inviter.client)
        await assert.rejects(register(late.secret), unusable, reason)
        assert.deepEqual(await refusal(), { invitation: late.invitation.id, reason })
      }
    })

    test('an invitation is valid again once its inviter has the rights again, and gives its roles', async () => {
      const inviter = await newInviter()
      const { secret } = await invite(['admin'], inviter)
      await disableUser(runtimeAt(0), inviter.user, commandLine)
      await assert.rejects(register(secret), unusable)
      await enableUser(runtimeAt(0), inviter.user, commandLine)
      assert.deepEqual((await register(secret)).roles, ['admin'])
      await assert.rejects(register(secret), unusable)
      assert.equal((await refusal()).reason, 'used')
    })

    test('of one that is older than the column for it, the audit log knows who made it', async () => {
      const database = await locate('invitations_before', 'nothing')
      const inviter = 'u_5cTq0WvYb2LkNpRs8XzA1g'
      await withDatabase(database, async (db) => {
        const provider = { getMigrations: async () => ({ ...migrations }) }
        await new Migrator({ db, provider }).migrateTo('0009-invitations')
        for (const [at, by] of [inviter, 'command line', undefined].entries()) {
          const id = `i_${at}`
          const told = { invitation: id, roles: ['editor'], by }
          const facts = by === undefined ? 'no JSON' : JSON.stringify(told)
          await sql`insert into invitations values (${id}, ${id}, '', ${at}, 100, null)`.execute(db)
          await sql`insert into ledger (seq, at, type, facts, mac)
            values (${at + 1}, ${at}, 'user_invited', ${facts}, 'x')`.execute(db)
        }
      })
      const store = await createStore(database)
      const found = await store.invitations.list({ limit: 10 })
      await store.close()
      const inviters = found.map(({ id, createdBy }) => `${id} ${createdBy}`)
      assert.deepEqual(inviters, ['i_2 null', 'i_1 null', `i_0 ${inviter}`])
    })

    const falls = {
      user_disabled: async (at: number) => {
        const inviter = await newInviter()
        return { inviter, fall: () => disableUser(runtimeAt(at), inviter.user, commandLine) }
      },
      client_removed: async (at: number) => {
        const inviter = await newClient()
        return { inviter, fall: () => removeClient(runtimeAt(at), inviter.client, commandLine) }
      },
    }
    for (const [event, prepare] of Object.entries(falls))
      test(`no registration passes while the inviter\u2019s rights are being removed: ${event}`, async () => {
        for (let round = 0; round < 5; round++) {
          const { inviter, fall } = await prepare(round)
          const secrets = await Promise.all(
            Array.from({ length: 6 }, async () => (await invite(['admin'], inviter)).secret),
          )
          const racers = secrets.map((secret, index) => register(secret, index))
          const settled = Promise.allSettled(racers)
          await Promise.any(racers) // the others are on their way
          await fall()
          const results = await settled
          const entries = (await stores[0]?.auditLog.newest(100)) ?? []
          const fallen = entries.find(
            ({ type, userId, facts }) =>
              type === event &&
              (userId === nameOf(inviter) || facts.includes(nameOf(inviter) ?? '')),
          )
          for (const one of results)
            if (one.status === 'rejected') assert.equal(one.reason.code, 'invitation_unusable')
            else {
              const came = entries.find(
                ({ type, userId }) => type === 'user_registered' && userId === one.value.id,
              )
              assert.ok(came && fallen && came.seq < fallen.seq, 'registered, then without rights')
            }
        }
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
      await inviteUser(runtimeAt(0, 1000 * day), day, [], commandLine)
      const left = (await stores[0]?.invitations.list({ limit: 100 })) ?? []
      assert.deepEqual(
        left.map(({ createdAt }) => createdAt),
        [1000 * day],
      )
    })
  })
}
