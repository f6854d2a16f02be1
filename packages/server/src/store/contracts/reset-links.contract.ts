import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Actor } from '../../domain/administration/actor.ts'
import { deleteUser } from '../../domain/administration/delete-user.ts'
import { disableUser, enableUser } from '../../domain/administration/disable-user.ts'
import { makeResetLink } from '../../domain/administration/make-reset-link.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { addClient, removeClient } from '../../domain/machines/change-clients.ts'
import { setClient } from '../../domain/machines/set-client.ts'
import { resetPassword } from '../../domain/passwords/reset-password.ts'
import type { Database } from '../store.ts'
import { makeAdministrator } from './administrator.fixture.ts'
import { inOneStrand } from './handles.fixture.ts'
import { firstPassword, mailServers } from './mail.fixture.ts'
import { policies } from './policies.fixture.ts'

const next = new Secret('donaudampfschiffahrt')
const rounds = 10
const wrong = { code: 'code_wrong' }

/** The contract of every store for links to hand over, races included, with so many handles on one database. */
export function resetLinksContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the reset links contract: ${name}`, () => {
    const { runtime, register } = mailServers(() => locate('reset_links'), handles, {}, inOneStrand)
    let made = 0
    const newMaker = () => makeAdministrator(runtime(), `maker ${made++}`, firstPassword)
    const newClient = async () => {
      const access = { scopes: ['admin:users'], resources: [policies.tokens.audience] }
      const options = {
        name: `maker-${made++}`,
        grants: ['client_credentials'],
        ...access,
      } as const
      const { client } = await addClient(runtime(), options, commandLine)
      return { client: client.id, scope: 'admin:users' } as const
    }
    /** Makes a link for a new user. */
    const link = async (by: Actor) => {
      const { user } = await register()
      const { searchParams } = new URL((await makeResetLink(runtime(), user.id, by)).url.reveal())
      const key = new Secret(searchParams.get('key') ?? '')
      return { user, proof: { id: searchParams.get('id') ?? '', link: key } }
    }
    const reset = ({ proof }: Awaited<ReturnType<typeof link>>, index = 0) =>
      resetPassword(runtime(index), proof, next, {})

    test('[19.18] a link is of no use while its maker is deleted, disabled or no administrator', async () => {
      const falls = {
        deleted: (id: string) => deleteUser(runtime(), id, commandLine),
        disabled: (id: string) => disableUser(runtime(), id, commandLine),
        powerless: (id: string) => setRoles(runtime(), id, ['editor'], commandLine),
      }
      for (const [how, fall] of Object.entries(falls)) {
        const maker = await newMaker()
        const [early, late] = [await link(maker), await link(maker)]
        await reset(early)
        await fall(maker.user)
        await assert.rejects(reset(late), wrong, how)
        await signIn(runtime(), late.user.name, firstPassword, {})
      }
      const maker = await newMaker()
      const back = await link(maker)
      await disableUser(runtime(), maker.user, commandLine)
      await assert.rejects(reset(back), wrong)
      await enableUser(runtime(), maker.user, commandLine)
      await reset(back)
      await reset(await link(commandLine))
    })

    test('[19.18] nor that of a service account that was removed, or has lost the scope for it', async () => {
      const falls = [
        (id: string) => removeClient(runtime(), id, commandLine),
        (id: string) => setClient(runtime(), id, { scopes: ['admin:keys'] }, commandLine),
      ]
      for (const fall of falls) {
        const maker = await newClient()
        const [early, late] = [await link(maker), await link(maker)]
        await reset(early)
        await fall(maker.client)
        await assert.rejects(reset(late), wrong)
      }
    })

    test('[19.18] however a link races the demotion of its maker, it does nothing afterwards', async () => {
      for (let round = 0; round < rounds; round++) {
        const maker = await newMaker()
        const one = await link(maker)
        const [used] = await Promise.allSettled([
          reset(one, round),
          setRoles(runtime(round + 1), maker.user, [], commandLine),
        ])
        const entries = await runtime().store.auditLog.newest(20)
        const at = (type: string) => entries.find((entry) => entry.type === type)?.seq ?? 0
        if (used.status === 'fulfilled') assert.ok(at('password_reset') < at('roles_set'))
      }
    })
  })
}
