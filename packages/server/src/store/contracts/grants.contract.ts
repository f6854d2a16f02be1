import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { commandLine } from '../../domain/audit-log/event.ts'
import type { Client } from '../../domain/clients/client.ts'
import { approveRequest } from '../../domain/grants/approve-request.ts'
import { redeemCode } from '../../domain/grants/redeem-code.ts'
import { refreshGrant } from '../../domain/grants/refresh-grant.ts'
import { addClient, removeClient } from '../../domain/machines/change-clients.ts'
import { hashOf, Secret } from '../../domain/kernel/secret.ts'
import { signOut } from '../../domain/sessions/sign-out.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import type { Database } from '../store.ts'
import { openHandles } from './handles.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' // RFC 7636, appendix B
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** What every store must do for the codes and grants of applications, races included, with so many handles on one database. */
export function grantsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the grants contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('grants'), handles)))
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    const runtimeAt = (index: number, now = 1) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => now },
      random: systemRandom,
      root: testRoot,
      policies,
      metrics: noMetrics,
    })
    let made = 0

    /** Makes a user who is signed in, and an application. */
    async function signedIn() {
      const runtime = runtimeAt(0)
      const user = newUser(`u_${made}`, `user ${made}`, 1)
      await runtime.store.users.add(user, user.name, 'hash')
      const { session } = await startSession(runtime, { user, hash: 'hash', amr: ['pwd'] }, {})
      const { client } = await addClient(
        runtime,
        {
          name: `application-${made++}`,
          grants: ['authorization_code'],
          scopes: ['openid', 'offline_access'],
          resources: [policies.tokens.audience],
          application: { redirectUris: ['https://app.example/callback'], isPublic: true },
        },
        commandLine,
      )
      return { user, session, client }
    }

    async function codeFor(client: Client, session: Session, scopes = ['openid']) {
      const request = {
        client,
        redirectUri: 'https://app.example/callback',
        state: undefined,
        scopes,
        resource: policies.tokens.audience,
        challenge,
        nonce: undefined,
        prompts: [],
        maxAge: undefined,
      }
      const owner = { userId: session.userId, sessionId: session.id }
      return approveRequest(runtimeAt(0), request, owner)
    }

    const redeem = (index: number, client: Client, code: Secret) =>
      redeemCode(runtimeAt(index), client, {
        code,
        verifier,
        redirectUri: undefined,
        resource: undefined,
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
  })
}
