import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { commandLine } from '../../domain/audit-log/event.ts'
import type { Proof } from '../../domain/clients/proof.ts'
import { parseClientDocument } from '../../domain/clients/client-document.ts'
import { deviceGrant, type Client } from '../../domain/clients/client.ts'
import { approveRequest } from '../../domain/grants/approve-request.ts'
import { answerDeviceRequest, authorizeDevice } from '../../domain/grants/authorize-device.ts'
import { redeemCode } from '../../domain/grants/redeem-code.ts'
import { redeemDeviceCode } from '../../domain/grants/redeem-device-code.ts'
import { disconnectApplication } from '../../domain/grants/connected-applications.ts'
import { pruneDocumentClients } from '../../domain/grants/prune-document-clients.ts'
import { sendLogoutNotices } from '../../domain/grants/send-logout-notices.ts'
import { refreshGrant } from '../../domain/grants/refresh-grant.ts'
import { addClient, removeClient } from '../../domain/machines/change-clients.ts'
import { setClient } from '../../domain/machines/set-client.ts'
import { hashOf, Secret } from '../../domain/kernel/secret.ts'
import { signOut } from '../../domain/sessions/sign-out.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import type { Database } from '../store.ts'
import { quiet } from './keys.fixture.ts'
import { inOneStrand, openHandles } from './handles.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { challenge, verifier } from './pkce.fixture.ts'
import { repetitions } from '@countersign/testing/proofs'
import { noHooks, policies, testRoot } from './policies.fixture.ts'

/** The contract of every store for the codes and grants of applications, races included, with so many handles on one database. */
export function grantsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the grants contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('grants'), handles, inOneStrand)))
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    const runtimeAt = (index: number, now = 1) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => now },
      random: systemRandom,
      root: testRoot,
      policies,
      metrics: noMetrics,
      hooks: noHooks,
      clientDocuments: { find: () => assert.fail() },
    })
    let made = 0

    /** Makes a user who is signed in, and an application. */
    async function signedIn() {
      const runtime = runtimeAt(0)
      const nth = made++
      const user = newUser(`u_${nth}`, `user ${nth}`, 1)
      await runtime.store.users.add(user, user.name, 'hash')
      const { session } = await startSession(runtime, { user, hash: 'hash', amr: ['pwd'] }, {})
      const { client } = await addClient(
        runtime,
        {
          name: `application-${nth}`,
          grants: ['authorization_code', deviceGrant],
          scopes: ['openid', 'offline_access'],
          resources: [policies.tokens.audience],
          application: {
            redirectUris: ['https://app.example/callback'],
            backchannelLogoutUri: 'https://app.example/logout',
            isPublic: true,
          },
        },
        commandLine,
      )
      return { user, session, client }
    }

    async function codeFor(
      client: Client,
      session: Session,
      scopes = ['openid'],
      more: { readonly index?: number; readonly pushed?: { hash: string; at: number } } = {},
    ) {
      const request = {
        client,
        redirectUri: 'https://app.example/callback',
        state: undefined,
        scopes,
        resource: policies.tokens.audience,
        challenge,
        nonce: undefined,
        jkt: undefined,
        prompts: [],
        maxAge: undefined,
        acrValues: [],
        ...(more.pushed && { pushed: more.pushed }),
      }
      const owner = { userId: session.userId, sessionId: session.id }
      return approveRequest(runtimeAt(more.index ?? 0), request, owner)
    }

    /** Returns an application with a metadata document, as it was read. */
    function documentClient(): Client {
      const url = `https://agent.example/${made++}`
      const redirect_uris = ['https://app.example/callback']
      const read = parseClientDocument(url, JSON.stringify({ client_id: url, redirect_uris }), 1)
      assert.ok(typeof read === 'object')
      return read
    }

    const redeem = (index: number, client: Client, code: Secret, proof?: Proof) =>
      redeemCode(runtimeAt(index), client, {
        code,
        verifier,
        redirectUri: undefined,
        resource: undefined,
        proof,
      })
    const aliveOf = (userId: string) =>
      runtimeAt(0).store.sessions.listGrants(userId, 'application', 1)

    test('[21.7] [OA.24] of 20 exchanges of one code at once one gets a grant, and the second use ends it', async () => {
      const { user, session, client } = await signedIn()
      const code = await codeFor(client, session)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => redeem(index, client, code)),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.deepEqual(await aliveOf(user.id), [])
      const stored = await runtimeAt(0).store.authorizationCodes.find(hashOf(code))
      const ended = await runtimeAt(0).store.sessions.find(stored?.grantId ?? '')
      assert.equal(ended?.endReason, 'code_reused')
    })

    test('[21.8] a code that is exchanged while its user signs out leaves no grant alive', async () => {
      for (let round = 0; round < 10; round++) {
        const { user, session, client } = await signedIn()
        const code = await codeFor(client, session)
        const owner = { userId: user.id, sessionId: session.id }
        await Promise.allSettled([
          redeem(round, client, code),
          signOut(runtimeAt(round + 1), owner),
        ])
        assert.deepEqual(await aliveOf(user.id), [])
      }
    })

    test('[21.9] a code that is exchanged while its application is removed leaves no grant alive', async () => {
      for (let round = 0; round < 10; round++) {
        const { user, session, client } = await signedIn()
        const code = await codeFor(client, session, ['openid', 'offline_access'])
        await Promise.allSettled([
          redeem(round, client, code),
          removeClient(runtimeAt(round + 1), client.id, commandLine),
        ])
        assert.deepEqual(await aliveOf(user.id), [])
      }
    })

    test('[21.26] [OA.86] of 20 users who agree to one pushed request at once one gets a code', async () => {
      const all = [await signedIn(), await signedIn(), await signedIn(), await signedIn()]
      const { client } = all[0]!
      const times = { createdAt: 1, expiresAt: 91 }
      await runtimeAt(0).store.pushedRequests.add('pushed', {
        clientId: client.id,
        parameters: '',
        ...times,
      })
      const pushed = { hash: 'pushed', at: 1 }
      const outcomes = await manyAtOnce(20, (index) =>
        codeFor(client, all[index % all.length]!.session, ['openid'], { index, pushed }).then(
          () => 'made',
          (error: { readonly code?: string }) => error.code,
        ),
      )
      assert.equal(outcomes.filter((one) => one === 'made').length, 1)
      assert.equal(outcomes.filter((one) => one === 'authorization_request_invalid').length, 19)
    })

    /** Begins the device grant, and answers as so many users. */
    async function deviceCode(client: Client, sessions: readonly Session[], scope = 'openid') {
      const { deviceCode: code, userCode } = await authorizeDevice(runtimeAt(0), client, { scope })
      const answers = await Promise.allSettled(
        sessions.map(({ userId, id: sessionId }, index) => {
          const answer = { typed: userCode, state: 'allowed' } as const
          return answerDeviceRequest(runtimeAt(index), { userId, sessionId }, answer)
        }),
      )
      return { code, answers: answers.map(({ status }) => status) }
    }

    test('[21.22] [OA.78] of 100 exchanges of one device code at once one gets a grant, and it stays', async () => {
      const { user, session, client } = await signedIn()
      const { code } = await deviceCode(client, [session])
      const outcomes = await manyAtOnce(100, (index) =>
        redeemDeviceCode(runtimeAt(index), client, { code }).then(
          () => 'made',
          (error: { readonly code?: string }) => error.code,
        ),
      )
      assert.equal(outcomes.filter((one) => one === 'made').length, 1)
      assert.equal(outcomes.filter((one) => one === 'grant_invalid').length, 99)
      assert.equal((await aliveOf(user.id)).length, 1)
    })

    test('[21.23] of several users who allow one device code at once the first one gets the grant', async () => {
      const all = [await signedIn(), await signedIn(), await signedIn(), await signedIn()]
      const { client } = all[0]!
      const sessions = all.map(({ session }) => session)
      for (let round = 0; round < 20; round++) {
        const { code, answers } = await deviceCode(client, sessions)
        assert.equal(answers.filter((one) => one === 'fulfilled').length, 1)
        const { user } = await redeemDeviceCode(runtimeAt(1), client, { code })
        assert.equal(user.id, sessions[answers.indexOf('fulfilled')]?.userId)
      }
    })

    test('[21.24] a device code that is exchanged while its user signs out, or its application is removed, leaves no grant alive', async () => {
      for (let round = 0; round < 10; round++) {
        const { user, session, client } = await signedIn()
        const { code } = await deviceCode(client, [session], 'openid')
        const other = await deviceCode(client, [session], 'openid offline_access')
        const owner = { userId: user.id, sessionId: session.id }
        await Promise.allSettled([
          redeemDeviceCode(runtimeAt(round), client, { code }),
          redeemDeviceCode(runtimeAt(round + 1), client, { code: other.code }),
          signOut(runtimeAt(round + 2), owner),
          removeClient(runtimeAt(round + 3), client.id, commandLine),
        ])
        assert.deepEqual(await aliveOf(user.id), [])
      }
    })

    test('[21.109] codes of an application that its user disconnects are of no use, also while they are exchanged; those of other users are', async () => {
      const other = await signedIn()
      for (let round = 0; round < 10; round++) {
        const { user, session, client } = await signedIn()
        await redeem(round, client, await codeFor(client, session))
        const codes = [await codeFor(client, session), await codeFor(client, session)] as const
        const devices = [await deviceCode(client, [session]), await deviceCode(client, [session])]
        const kept = await codeFor(client, other.session)
        const keptDevice = await deviceCode(client, [other.session])
        const owner = { userId: user.id, sessionId: session.id }
        await Promise.allSettled([
          redeem(round, client, codes[0]),
          redeemDeviceCode(runtimeAt(round + 1), client, { code: devices[0]!.code }),
          disconnectApplication(runtimeAt(round + 2), owner, client.id),
        ])
        await assert.rejects(redeem(round, client, codes[1]), { code: 'grant_invalid' })
        const { code } = devices[1]!
        await assert.rejects(redeemDeviceCode(runtimeAt(round), client, { code }), {
          code: 'grant_invalid',
        })
        assert.deepEqual(await aliveOf(user.id), [])
        await redeem(round, client, kept)
        await redeemDeviceCode(runtimeAt(round), client, { code: keptDevice.code })
      }
    })

    test('of 50 requests for a pending device code at once one is in time', async () => {
      const { client } = await signedIn()
      const { code } = await deviceCode(client, [])
      const outcomes = await manyAtOnce(50, (index) =>
        redeemDeviceCode(runtimeAt(index), client, { code }).catch(
          (error: { readonly code?: string }) => error.code,
        ),
      )
      assert.equal(outcomes.filter((one) => one === 'authorization_pending').length, 1)
      assert.equal(outcomes.filter((one) => one === 'polled_too_fast').length, 49)
    })

    test('[21.34] [OA.100] of 20 exchanges with one proof at once one gets a grant, and the others keep their codes', async () => {
      const { user, session, client } = await signedIn()
      const proof = { jkt: 'a'.repeat(43), id: `exchanges ${name}`, expiresAt: 100 }
      const codes: Secret[] = []
      for (let count = 0; count < 20; count++) codes.push(await codeFor(client, session))
      const outcomes = await Promise.allSettled(
        codes.map((code, index) => redeem(index, client, code, proof)),
      )
      const got = outcomes.map((one) => (one.status === 'fulfilled' ? 'grant' : one.reason.code))
      assert.deepEqual(got.toSorted(), [
        ...Array.from({ length: 19 }, () => 'dpop_proof_invalid'),
        'grant',
      ])
      assert.equal((await aliveOf(user.id)).length, 1)
      const kept = codes[got.indexOf('dpop_proof_invalid')]!
      await redeem(0, client, kept, { ...proof, id: `another ${name}` })
      assert.equal((await aliveOf(user.id)).length, 2)
    })

    test('[21.34] of 20 refreshes with one proof at once one gets tokens', async () => {
      const { session, client } = await signedIn()
      const proof = { jkt: 'b'.repeat(43), id: `first ${name}`, expiresAt: 100 }
      const { granted } = await redeem(0, client, await codeFor(client, session), proof)
      const outcomes = await manyAtOnce(20, async (index) => {
        const asked = { from: {}, proof: { ...proof, id: `refreshes ${name}` } }
        return refreshGrant(runtimeAt(index), client, granted.refreshToken, asked).then(
          () => 'tokens',
          (error: { readonly code: string }) => error.code,
        )
      })
      assert.equal(outcomes.filter((one) => one === 'tokens').length, 1)
      assert.equal(outcomes.filter((one) => one === 'dpop_proof_invalid').length, 19)
    })

    test('[21.70] a code is of no use once its redirect URI is removed, also while it is exchanged', async () => {
      const redirectUris = ['https://other.example/callback']
      const remove = (index: number, { id }: Client) =>
        setClient(runtimeAt(index), id, { application: { redirectUris } }, commandLine)
      const { session, client, user } = await signedIn()
      const early = await codeFor(client, session)
      await remove(0, client)
      const facts = { problem: 'redirect_uri_removed', client: client.id }
      await assert.rejects(redeem(0, client, early), { code: 'grant_invalid', facts })
      assert.deepEqual(await aliveOf(user.id), [])
      for (let round = 0; round < 10; round++) {
        const other = await signedIn()
        const code = await codeFor(other.client, other.session)
        await Promise.allSettled([
          remove(round, other.client),
          redeem(round + 1, other.client, code),
        ])
        const types = (await runtimeAt(0).store.auditLog.newest(2)).map(({ type }) => type)
        assert.notEqual(types[0], 'grant_made', 'an exchange after the removal')
      }
    })

    test('of 50 refreshes with one token at once all get the same successor', async () => {
      const { session, client } = await signedIn()
      const { granted } = await redeem(0, client, await codeFor(client, session))
      const next = await manyAtOnce(50, async (index) => {
        const asked = { from: {} }
        const refreshed = await refreshGrant(runtimeAt(index), client, granted.refreshToken, asked)
        return refreshed.granted.refreshToken.reveal()
      })
      assert.equal(new Set(next).size, 1)
    })

    /** Makes a server that sends notices; its tokens are their claims, and `post` receives them. */
    const senderAt = (
      index: number,
      post: (sid: string) => Promise<string | undefined>,
      now = 1,
    ) => ({
      ...runtimeAt(index, now),
      log: quiet,
      issuer: {
        logoutTokenSignerFor: () => ({
          sign: ({ sid }: object & { sid?: unknown }) => String(sid),
        }),
      },
      postLogoutToken: (_: string, token: string) => post(token),
    })
    const never = 10 ** 9 // seconds, after every notice of the tests before
    const drain = () => sendLogoutNotices(senderAt(0, () => Promise.resolve(undefined), never))

    test('[21.52] [OA.112] the application of a grant that ends for any reason is notified once, by any number of servers', async () => {
      await drain()
      const expected: string[] = []
      const endings: readonly ((
        session: Session,
        client: Client,
        grant: string,
      ) => Promise<unknown>)[] = [
        ({ userId, id }) => signOut(runtimeAt(1), { userId, sessionId: id }),
        ({ userId, id }, client) =>
          disconnectApplication(runtimeAt(1), { userId, sessionId: id }, client.id),
        ...(['password_changed', 'user_disabled'] as const).map(
          (reason) => (session: Session) =>
            runtimeAt(1).store.transaction((tx) => tx.sessions.endAll(session.userId, 1, reason)),
        ),
        ({ userId }) =>
          runtimeAt(1).store.transaction(async (tx) => {
            await tx.sessions.endAll(userId, 1, 'user_deleted')
            await tx.users.delete(userId)
          }),
        ({ userId }) =>
          runtimeAt(1).store.transaction((tx) =>
            tx.sessions.endUnused(userId, 1, 'too_many', {
              kind: 'application',
              except: '',
              others: 0,
            }),
          ),
      ]
      for (const [index, ending] of endings.entries()) {
        const { session, client } = await signedIn()
        const { granted } = await redeem(index, client, await codeFor(client, session))
        await ending(session, client, granted.session.id)
        expected.push(granted.session.id)
      }
      const kept = await signedIn()
      await redeem(0, kept.client, await codeFor(kept.client, kept.session))
      const removed = await signedIn()
      await redeem(0, removed.client, await codeFor(removed.client, removed.session))
      await removeClient(runtimeAt(1), removed.client.id, commandLine)

      const received: string[] = []
      const receive = async (sid: string) => {
        received.push(sid)
        return undefined
      }
      await Promise.all(
        Array.from({ length: 6 }, (_, at) => sendLogoutNotices(senderAt(at, receive))),
      )
      assert.deepEqual(received.toSorted(), expected.toSorted())
    })

    test('[21.113] an application that does not take its many notices delays those of others by one round', async () => {
      await drain()
      const slow = await signedIn()
      for (let count = 0; count < 45; count++)
        await redeem(0, slow.client, await codeFor(slow.client, slow.session))
      await signOut(runtimeAt(0), { userId: slow.user.id, sessionId: slow.session.id })
      const { user, client, session } = await signedIn()
      const { granted } = await redeem(0, client, await codeFor(client, session))
      await signOut(runtimeAt(0, 2), { userId: user.id, sessionId: session.id })
      let refused = 0
      let refusedBefore: number | undefined
      const post = async (grant: string) => {
        if (grant === granted.session.id) refusedBefore = refused
        else refused++
        return grant === granted.session.id ? undefined : 'status 503'
      }
      await sendLogoutNotices(senderAt(0, post, 2))
      assert.deepEqual([refusedBefore, refused], [20, 20])
      await drain()
    })

    test('a notice of a server that died, or that was not taken, is sent again; after a day it is given up', async () => {
      await drain()
      const { user, session, client } = await signedIn()
      await redeem(0, client, await codeFor(client, session))
      await signOut(runtimeAt(0), { userId: user.id, sessionId: session.id })
      const { logoutNotices } = runtimeAt(0).store
      const [dead] = await logoutNotices.claim(1, 61, 1) // and here its server ends
      let tries = 0
      const refuse = () => Promise.resolve(`status ${++tries}`)
      await sendLogoutNotices(senderAt(1, refuse, 60))
      assert.equal(tries, 0)
      await sendLogoutNotices(senderAt(1, refuse, 61))
      assert.equal(tries, 1)
      await logoutNotices.remove(dead!)
      await sendLogoutNotices(senderAt(2, refuse, 86_402))
      assert.equal(tries, 2)
      await sendLogoutNotices(senderAt(2, refuse, never))
      assert.equal(tries, 2, 'given up')
    })

    test('a grant passes to the sign-in that replaces its own, and ends with it', async () => {
      const { user, session, client } = await signedIn()
      await redeem(0, client, await codeFor(client, session))
      const runtime = runtimeAt(0)
      const next = await startSession(runtime, { user, hash: 'hash', amr: ['pwd'] }, {})
      const owner = { userId: user.id, sessionId: session.id }
      await signOut(runtime, owner, { reason: 'replaced', successor: next.session })
      assert.equal((await aliveOf(user.id)).length, 1)
      await signOut(runtime, { ...owner, sessionId: next.session.id })
      assert.deepEqual(await aliveOf(user.id), [])
    })

    test('[21.65] a grant ends with its sign-in if the one that replaces it has ended meanwhile', async () => {
      const { user, session, client } = await signedIn()
      await redeem(0, client, await codeFor(client, session))
      const runtime = runtimeAt(0)
      const next = await startSession(runtime, { user, hash: 'hash', amr: ['pwd'] }, {})
      const owner = { userId: user.id, sessionId: session.id }
      await signOut(runtime, { ...owner, sessionId: next.session.id })
      await signOut(runtime, owner, { reason: 'replaced', successor: next.session })
      assert.deepEqual(await aliveOf(user.id), [])
    })

    test('a grant is listed as long as the sign-in is alive that it ends with', async () => {
      const { user, session, client } = await signedIn()
      const { idleLifetime } = policies.sessions
      for (const scopes of [['openid'], ['openid', 'offline_access']]) {
        const granted = await redeem(0, client, await codeFor(client, session, scopes))
        const { refreshToken } = granted.granted
        await refreshGrant(runtimeAt(0, idleLifetime), client, refreshToken, { from: {} }) // the application goes on, and its user does not
      }
      const { sessions } = runtimeAt(0).store
      const listed = async (now: number) =>
        (await sessions.listGrants(user.id, 'application', now)).map(({ grant }) => grant?.parentId)
      assert.deepEqual(new Set(await listed(idleLifetime)), new Set([session.id, null]))
      assert.deepEqual(await listed(idleLifetime + 1), [null])
    })

    test('an application with a metadata document is deleted when there is neither a grant nor a code of it, and added again by the next user', async () => {
      const [{ session }, client] = [await signedIn(), documentClient()]
      const { store } = runtimeAt(0)
      const prune = () => pruneDocumentClients({ ...runtimeAt(0), log: quiet })
      const code = await codeFor(client, session)
      await prune()
      await redeem(0, client, code)
      await store.authorizationCodes.prune(1_000)
      await prune()
      assert.ok(await store.clients.find(client.id), 'while it has a grant')
      await store.sessions.prune(10_000_000)
      await prune()
      assert.equal(await store.clients.find(client.id), undefined)
      const [event] = await store.auditLog.newest(1)
      assert.equal(event?.type, 'client_removed')
      const next = await signedIn()
      await redeem(0, client, await codeFor(client, next.session))
      assert.ok(await store.clients.find(client.id))
      assert.ok((await store.clients.list()).some(({ id }) => id === next.client.id))
    })

    test('[21.108] while 20 users agree to applications with metadata documents, unused ones are deleted: every code is exchanged', async () => {
      const worlds = await Promise.all(Array.from({ length: 20 }, signedIn))
      for (let round = 0; round < repetitions({ short: 3, long: 50 }); round++) {
        const clients = worlds.map(documentClient)
        const add = clients.map((one) => runtimeAt(0).store.clients.add(one)) // stored before, and not used since
        assert.ok((await Promise.all(add)).every(Boolean))
        await manyAtOnce(60, async (index) => {
          const nth = Math.floor(index / 3)
          const client = clients[nth]!
          if (index % 3 > 0) return pruneDocumentClients({ ...runtimeAt(index), log: quiet })
          await redeem(
            index,
            client,
            await codeFor(client, worlds[nth]!.session, ['openid'], { index }),
          )
          return undefined
        })
      }
    })
  })
}
