import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { disableUser } from '../../domain/administration/disable-user.ts'
import { makeResetLink } from '../../domain/administration/make-reset-link.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { signOutUser } from '../../domain/administration/sign-out-user.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import type { ApplicationText } from '../../domain/clients/application.ts'
import { deviceGrant, type Client } from '../../domain/clients/client.ts'
import { approveRequest } from '../../domain/grants/approve-request.ts'
import { answerDeviceRequest, authorizeDevice } from '../../domain/grants/authorize-device.ts'
import { disconnectApplication } from '../../domain/grants/connected-applications.ts'
import { redeemCode } from '../../domain/grants/redeem-code.ts'
import { signOutApplication } from '../../domain/grants/sign-out-application.ts'
import { redeemDeviceCode } from '../../domain/grants/redeem-device-code.ts'
import { refreshGrant } from '../../domain/grants/refresh-grant.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { assignStatusIndex } from '../../domain/revocation/assign-status-index.ts'
import { addClient, removeClient } from '../../domain/machines/change-clients.ts'
import { resetPassword } from '../../domain/passwords/reset-password.ts'
import {
  endOtherSessions,
  endOwnSession,
  maxGrantsAtOnce,
} from '../../domain/sessions/end-sessions.ts'
import { repetitions } from '@countersign/testing/proofs'
import { systemRandom } from '../../platform/crypto/random.ts'
import { signOut } from '../../domain/sessions/sign-out.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { Session, SessionGrant } from '../../domain/sessions/session.ts'
import type { Store } from '../../domain/store.ts'
import type { Database } from '../store.ts'
import { mailServers } from './mail.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { challenge, verifier } from './pkce.fixture.ts'
import { entriesAfter } from './audit-entries.fixture.ts'
import { noHooks, policies } from './policies.fixture.ts'

const redirectUri = 'https://app.example/callback'

// These two end the grants of their sign-ins alone, and not those with `offline_access`.
const elsewhereOnly = 'the user signs out everywhere else'
const thatSignIn = 'the user ends that sign-in'
const everyone = 'all users are signed out of the application'

/** The contract of every store for grants of applications that end while they are begun or refreshed, with so many handles on one database. */
export function grantEndingsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the grant endings contract: ${name}`, () => {
    const { runtime: servers, register } = mailServers(() => locate('grant_endings'), handles)
    const runtime = (index = 0) => ({
      ...servers(index),
      clientDocuments: { find: () => assert.fail() },
      hooks: noHooks,
    })
    let made = 0

    /** Makes a user with two sign-ins, and an application. */
    async function signedIn(more: Partial<ApplicationText> = {}) {
      const { user } = await register()
      const { hash } = (await runtime().store.users.findByName(user.name))!
      const begin = () => startSession(runtime(), { user, hash, amr: ['pwd'] }, {})
      const { session } = await begin()
      const elsewhere = (await begin()).session
      const { client } = await addClient(
        runtime(),
        {
          name: `ending-${made++}`,
          grants: ['authorization_code', deviceGrant],
          scopes: ['openid', 'offline_access'],
          resources: [policies.tokens.audience],
          application: { redirectUris: [redirectUri], isPublic: true, ...more },
        },
        commandLine,
      )
      const { url } = await makeResetLink(runtime(), user.id, commandLine)
      const { searchParams } = new URL(url.reveal())
      const link = new Secret(searchParams.get('key') ?? '')
      return { user, session, elsewhere, client, reset: { id: searchParams.get('id') ?? '', link } }
    }
    type World = Awaited<ReturnType<typeof signedIn>>

    const codeOf = ({ client, session }: Pick<World, 'client' | 'session'>, scopes: string[]) =>
      approveRequest(
        runtime(),
        {
          client,
          redirectUri,
          state: undefined,
          scopes,
          resource: policies.tokens.audience,
          challenge,
          nonce: undefined,
          jkt: undefined,
          prompts: [],
          maxAge: undefined,
          acrValues: [],
        },
        { userId: session.userId, sessionId: session.id },
      )
    const redeem = (index: number, client: Client, code: Secret) =>
      redeemCode(runtime(index), client, {
        code,
        verifier,
        redirectUri: undefined,
        resource: undefined,
        proof: undefined,
      })
    /** Begins grants of a sign-in, with the scopes of {@link scopesFor}. */
    const grantsOf = (world: World, count: number, scopes: string[]) =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const code = await codeOf(world, scopes)
          return (await redeem(index, world.client, code)).granted
        }),
      )
    const refresh = (
      index: number,
      { client }: World,
      { refreshToken }: Pick<SessionGrant, 'refreshToken'>,
      store: Store = runtime(index).store,
    ) =>
      refreshGrant({ ...runtime(index), store }, client, refreshToken, { from: {} }).then(
        ({ granted }) => granted,
        (error: { readonly code?: string }) => {
          if (error.code !== 'grant_invalid') throw error
          return undefined
        },
      )
    const aliveOf = ({ user }: World) =>
      runtime().store.sessions.listGrants(user.id, 'application', 1)
    /** Writes so many grants of an application, without exchanging codes for them. */
    async function copiesOf(world: World, count: number, parentId: string | null = null) {
      const [granted] = await grantsOf(world, 1, ['openid', 'offline_access'])
      const { session } = granted!
      const copies: Session[] = [session]
      await runtime().store.transaction(async (tx) => {
        for (let nth = 1; nth < count; nth++) {
          const id = `g_${systemRandom.bytes(16).toString('base64url')}`
          const hashes = { handle: id, secret: id }
          const copy = { ...session, id, grant: session.grant && { ...session.grant, parentId } }
          const add = (status: Session['status']) => tx.sessions.add({ ...copy, status }, hashes)
          copies.push({ ...copy, status: await assignStatusIndex(runtime(), tx, add) })
        }
      })
      return copies
    }
    const keyOf = (status: Session['status']) => `${status?.list}/${status?.index}`
    const revoked = async () => {
      const all = await runtime().store.statusLists.changes(0, 100_000)
      return new Set(all.map(keyOf))
    }

    const endings: Readonly<Record<string, (index: number, world: World) => Promise<unknown>>> = {
      'the user disconnects the application': (index, { session, client }) =>
        disconnectApplication(
          runtime(index),
          { userId: session.userId, sessionId: session.id },
          client.id,
        ),
      'the application is removed': (index, { client }) =>
        removeClient(runtime(index), client.id, commandLine),
      [everyone]: (index, { client }) => signOutApplication(runtime(index), client.id, commandLine),
      [elsewhereOnly]: (index, { user, elsewhere }) =>
        endOtherSessions(runtime(index), { userId: user.id, sessionId: elsewhere.id }),
      'an administrator signs the user out': (index, { user }) =>
        signOutUser(runtime(index), user.id, commandLine),
      'the user is disabled': (index, { user }) =>
        disableUser(runtime(index), user.id, commandLine),
      'the password is reset': (index, { reset }) =>
        resetPassword(runtime(index), reset, new Secret('donaudampfschiffahrt'), {}),
    }

    /** Grants that outlive their sign-in, where the change ends those, too: nothing but the change can end them. */
    const scopesFor = (what: string) =>
      what === elsewhereOnly || what === thatSignIn ? ['openid'] : ['openid', 'offline_access']

    for (const [what, end] of Object.entries(endings)) {
      test(`[21.101] while 100 refreshes run, ${what}: afterwards none succeeds, and what the others got is revoked`, async () => {
        const world = await signedIn()
        const grants = await grantsOf(world, 10, scopesFor(what))
        let isAnswered = false
        const outcomes = await manyAtOnce(150, async (index) => {
          const wasAnswered = isAnswered
          if (index === 50) return void (await end(index, world).then(() => (isAnswered = true)))
          const granted = await refresh(index, world, grants[index % grants.length]!)
          assert.ok(!granted || !wasAnswered, 'a refresh after the answer')
          return granted
        })
        const got = outcomes.filter((one) => one !== undefined)
        for (const granted of [...grants, ...got])
          assert.equal(await refresh(1, world, granted), undefined)
        assert.deepEqual(await aliveOf(world), [])
        const all = await revoked()
        for (const { session } of [...grants, ...got]) assert.ok(all.has(keyOf(session.status)))
      })

      test(`[21.101] between the reading and the writing of a refresh, ${what}: it is refused`, async () => {
        const world = await signedIn()
        const [granted] = await grantsOf(world, 1, scopesFor(what))
        const store = afterReading(runtime(0).store, () => end(1, world))
        assert.equal(await refresh(0, world, granted!, store), undefined)
      })
    }

    test('[21.102] while 100 refreshes run, the roles change: old roles come with a revoked index only, and afterwards all are new', async () => {
      const world = await signedIn()
      const grants = await grantsOf(world, 10, ['openid', 'offline_access'])
      const outcomes = await manyAtOnce(101, async (index) => {
        if (index !== 50) return refresh(index, world, grants[index % grants.length]!)
        await setRoles(runtime(index), world.user.id, ['editor'], commandLine)
        return undefined
      })
      const all = await revoked()
      const got = outcomes.filter((one) => one !== undefined)
      assert.equal(got.length, 100)
      for (const { user, session } of got)
        assert.equal(all.has(keyOf(session.status)), user.roles.length === 0)
      for (const one of grants)
        assert.deepEqual((await refresh(1, world, one))?.user.roles, ['editor'])
    })

    test('[21.102] between the reading and the writing of a refresh, the roles change: its tokens are revoked', async () => {
      const world = await signedIn()
      const [granted] = await grantsOf(world, 1, ['openid'])
      const change = () => setRoles(runtime(1), world.user.id, ['editor'], commandLine)
      const next = await refresh(0, world, granted!, afterReading(runtime(0).store, change))
      assert.deepEqual(next?.user.roles, [])
      assert.ok((await revoked()).has(keyOf(next.session.status)))
      assert.deepEqual((await refresh(0, world, next))?.user.roles, ['editor'])
    })

    for (const what of [
      thatSignIn,
      elsewhereOnly,
      'an administrator signs the user out',
      'the user is disabled',
      'the password is reset',
      'the application is removed',
      everyone,
    ])
      test(`[21.103] while 20 codes of a sign-in are exchanged, ${what}: no grant stays`, async () => {
        const endThat = (index: number, { user, session, elsewhere }: World) => {
          const owner = { userId: user.id, sessionId: elsewhere.id }
          return endOwnSession(runtime(index), owner, session.id)
        }
        const end = endings[what] ?? endThat
        for (let round = 0; round < 2; round++) {
          const world = await signedIn()
          const codes = await Promise.all(
            Array.from({ length: 20 }, () => codeOf(world, scopesFor(what))),
          )
          await manyAtOnce(21, async (index) =>
            index === 5
              ? await end(index, world)
              : await redeem(index, world.client, codes[index % 20]!).catch(() => undefined),
          )
          assert.deepEqual(await aliveOf(world), [])
          const late = codes[5]! // the one that no exchange above has used
          await assert.rejects(redeem(0, world.client, late), { code: 'grant_invalid' })
        }
      })

    for (const [what, end] of [
      [everyone, signOutApplication],
      ['the application is removed', removeClient],
    ] as const)
      test(`[21.107] ${what}, which has more grants than may end at once: all of them end, each with its bit, its notice and its event`, async () => {
        const world = await signedIn({ backchannelLogoutUri: 'https://app.example/out' })
        const grants = await copiesOf(world, maxGrantsAtOnce + 3)
        const { store } = runtime()
        const headsBefore = await store.auditLog.heads()
        const ended = await end(runtime(), world.client.id, commandLine)
        if (end === signOutApplication) assert.equal(ended, grants.length)
        assert.deepEqual(await aliveOf(world), [])
        const all = await revoked()
        assert.ok(grants.every(({ status }) => all.has(keyOf(status))))
        const events = await entriesAfter(store.auditLog, headsBefore)
        const sessions = events.filter(({ type }) => type === 'session_ended')
        assert.deepEqual(
          sessions.map(({ sessionId }) => sessionId ?? '').toSorted(),
          grants.map(({ id }) => id).toSorted(),
        )
        assert.equal(events.length, grants.length + 1)
        const notices = await store.logoutNotices.claim(1, 2, 1_000)
        assert.equal(notices.length, end === signOutApplication ? grants.length : 0)
      })

    test('[21.107] while all users are signed out of an application, one of them ends many grants in each other way: none waits for the other for ever', async () => {
      for (let round = 0; round < repetitions({ short: 4, long: 40 }); round++) {
        const world = await signedIn()
        const { user, session, elsewhere, client } = world
        await copiesOf(world, 40, session.id)
        const owner = { userId: user.id, sessionId: elsewhere.id }
        const ways = [
          () => disconnectApplication(runtime(1), owner, client.id),
          () => endOtherSessions(runtime(1), owner),
          () => signOut(runtime(1), { userId: user.id, sessionId: session.id }),
          () => resetPassword(runtime(1), world.reset, new Secret('donaudampfschiffahrt'), {}),
        ]
        const other = ways[round % ways.length]!
        await Promise.all([
          signOutApplication(runtime(0), client.id, commandLine),
          other().catch((error: { readonly code?: string }) =>
            assert.equal(error.code, 'grant_unknown'),
          ),
        ])
        assert.deepEqual(await aliveOf(world), [])
      }
    })

    test('[21.104] while a program asks 100 times for its device code, the user denies it: afterwards every answer is the denial', async () => {
      const world = await signedIn()
      const { client, session } = world
      const owner = { userId: session.userId, sessionId: session.id }
      const { deviceCode: code, userCode } = await authorizeDevice(runtime(), client, {
        scope: 'openid',
      })
      const poll = (index: number) =>
        redeemDeviceCode(runtime(index), client, { code }).then(
          () => 'made',
          (error: { readonly code?: string }) => error.code ?? 'bug',
        )
      let isAnswered = false
      await manyAtOnce(150, async (index) => {
        const wasAnswered = isAnswered
        if (index === 50) {
          await answerDeviceRequest(runtime(index), owner, { typed: userCode, state: 'denied' })
          isAnswered = true
          return
        }
        const answer = await poll(index)
        if (wasAnswered) assert.equal(answer, 'authorization_denied')
        assert.match(answer, /^(authorization_(pending|denied)|polled_too_fast)$/)
      })
      assert.equal(await poll(0), 'authorization_denied')
      assert.deepEqual(await aliveOf(world), [])
    })
  })
}

/** A store on which `change` happens once a refresh has read its grant for the second time, just before it writes. */
function afterReading(store: Store, change: () => Promise<unknown>): Store {
  let reads = 0
  const findByHandle: Store['sessions']['findByHandle'] = async (handle) => {
    const found = await store.sessions.findByHandle(handle)
    if (++reads === 2) await change()
    return found
  }
  return { ...store, sessions: { ...store.sessions, findByHandle } }
}
