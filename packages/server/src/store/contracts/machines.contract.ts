import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { CountersignError } from '@countersign/token'
import type { Claims } from '@countersign/token/internal'
import type { Actor } from '../../domain/administration/actor.ts'
import { statusClaim } from '../../domain/authentication/access-token.ts'
import { createPasswordHasher } from '../../platform/crypto/password-hasher.ts'
import { makeAdministrator } from './administrator.fixture.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { disableUser, enableUser } from '../../domain/administration/disable-user.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { makeApiToken, makeApiTokenOf } from '../../domain/machines/api-token.ts'
import { addClient, removeClient } from '../../domain/machines/change-clients.ts'
import { setClient } from '../../domain/machines/set-client.ts'
import { endClientSecret, rotateClientSecret } from '../../domain/machines/client-secrets.ts'
import { putResource, removeResource } from '../../domain/machines/change-resources.ts'
import { authenticateClient } from '../../domain/machines/authenticate-client.ts'
import { exchangeApiToken } from '../../domain/machines/exchange-api-token.ts'
import { issueClientToken, type MachineToken } from '../../domain/machines/issue-client-token.ts'
import { revokePresentedToken } from '../../domain/machines/revoke-token.ts'
import type { Client } from '../../domain/clients/client.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import { noTracer } from '../../platform/observability/traces.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import type { Database } from '../store.ts'
import { openHandles } from './handles.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'

const all = ['read', 'write']
const rounds = 5
const issuer = 'https://auth.example'

/** The contract of every store for machines whose rights change while they get tokens, with so many handles on one database. */
export function machinesContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the machines contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('machines'), handles)))
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    const sign = (claims: object) =>
      `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
    const runtimeAt = (index: number) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => 1 },
      random: systemRandom,
      root: testRoot,
      policies,
      issuer: { url: issuer, signerFor: () => ({ sign }) },
      stopwatch: () => () => 0,
      tracer: noTracer,
      metrics: noMetrics,
      attemptQueue: createAttemptQueue(),
      trustedIssuers: { verify: () => assert.fail() },
      clientDocuments: { find: () => assert.fail() },
    })
    let made = 0

    /** A runtime of another server, with which something happens before each of its transactions. */
    function interrupted(meanwhile: () => Promise<unknown>) {
      const { store, ...runtime } = runtimeAt(1)
      const transaction: Store['transaction'] = async (work) => {
        await meanwhile()
        return store.transaction(work)
      }
      return { ...runtime, store: { ...store, transaction } }
    }

    /** Makes a resource, and a service account and an API token for it. */
    async function machines() {
      const audience = `https://api-${made}.example`
      await putResource(runtimeAt(0), { audience, scopes: all }, commandLine)
      const said = {
        name: `client-${made}`,
        grants: ['client_credentials'],
        scopes: all,
        resources: [audience],
      }
      const { client } = await addClient(runtimeAt(0), said, commandLine)
      const user = newUser(`u_${made}`, `user ${made++}`, 1)
      await runtimeAt(0).store.users.add({ ...user, roles: ['editor'] }, user.name, 'hash')
      const text = { name: 'x', scopes: [...all, 'roles'], resource: audience }
      const { secret } = await makeApiTokenOf(runtimeAt(0), user.id, text, commandLine)
      return { audience, client, user, secret }
    }
    const authenticate = (id: string, secret: Secret, at: number) =>
      authenticateClient(runtimeAt(at), { kind: 'secret', id, secret }, {})
    const byClient = (client: Client, at = 0) => issueClientToken(runtimeAt(at), { client }, {})
    const byToken = (secret: Secret, at = 0) => exchangeApiToken(runtimeAt(at), secret, {}, {})

    const claimsOf = (accessToken: string) =>
      JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
        readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } }
      }

    /** Returns whether the bit of a token is set. */
    async function revoked() {
      const changes = await runtimeAt(0).store.statusLists.changes(0, 100_000)
      const bits = new Set(changes.map(({ list, index }) => `${list} ${index}`))
      return ({ accessToken }: MachineToken) => {
        const { uri, idx } = claimsOf(accessToken).status.status_list
        return bits.has(`${uri.split('/').at(-1)} ${idx}`)
      }
    }

    test('other scopes of a resource revoke the tokens of its machines, and end none of them', async () => {
      const { audience, client, secret } = await machines()
      const earlier = [await byClient(client), await byToken(secret)]
      await putResource(runtimeAt(0), { audience, scopes: all, lifetime: 60 }, commandLine)
      assert.deepEqual(earlier.map(await revoked()), [false, false])
      await putResource(runtimeAt(0), { audience, scopes: ['read'] }, commandLine)
      assert.deepEqual(earlier.map(await revoked()), [true, true])
      const next = [await byClient(client), await byToken(secret)]
      assert.deepEqual(
        next.map(({ scopes }) => scopes),
        [['read'], ['read', 'roles']],
      )
      assert.deepEqual(next.map(await revoked()), [false, false])
      const resource = await runtimeAt(0).store.resources.findByAudience(audience)
      await removeResource(runtimeAt(0), resource?.id ?? '', commandLine)
      assert.deepEqual(next.map(await revoked()), [true, true])
      await assert.rejects(byClient(client), { code: 'target_invalid' })
      await assert.rejects(byToken(secret), { code: 'grant_invalid' })
    })

    test('[20.50] a resource that is removed and added again revives no API token and no right of a service account', async () => {
      const { audience, client, user, secret } = await machines()
      const { store } = runtimeAt(0)
      const other = `${audience}/other`
      await putResource(runtimeAt(0), { audience: other, scopes: ['read'] }, commandLine)
      const access = { resources: [audience, other] }
      await setClient(runtimeAt(0), client.id, access, commandLine)
      const earlier = [
        await issueClientToken(runtimeAt(0), { client }, { resource: audience }),
        await byToken(secret),
      ]
      const resource = await store.resources.findByAudience(audience)
      await removeResource(runtimeAt(1), resource?.id ?? '', commandLine)
      await putResource(runtimeAt(0), { audience, scopes: all }, commandLine)
      assert.deepEqual(earlier.map(await revoked()), [true, true])
      await assert.rejects(byToken(secret), { code: 'grant_invalid' })
      assert.deepEqual(await store.sessions.listGrants(user.id, 'api_token', 1), [])
      const left = await store.clients.find(client.id)
      assert.deepEqual([left?.resources, left?.scopes], [[other], ['read']])
      const again = issueClientToken(runtimeAt(0), { client }, { resource: audience })
      await assert.rejects(again, { code: 'target_invalid' })
      const typesOf = async (limit: number, userId: string | null) =>
        (await store.auditLog.newest(limit, { userId })).map(({ type }) => type)
      assert.deepEqual(await typesOf(3, null), [
        'resource_set',
        'client_access_set',
        'resource_removed',
      ])
      assert.deepEqual(await typesOf(1, user.id), ['session_ended'])
    })

    test('of the audience of this server, which stays, a removed resource takes only its scopes', async () => {
      const own = policies.tokens.audience
      const { id } = await putResource(runtimeAt(0), { audience: own, scopes: ['x'] }, commandLine)
      const said = { name: `client-${made++}`, grants: ['client_credentials'], resources: [own] }
      const scopes = ['admin:users', 'x']
      const { client } = await addClient(runtimeAt(0), { ...said, scopes }, commandLine)
      await removeResource(runtimeAt(0), id, commandLine)
      const left = await runtimeAt(0).store.clients.find(client.id)
      assert.deepEqual([left?.resources, left?.scopes], [[own], ['admin:users']])
    })

    test('a wrong secret, its blank and a name in the place of an id are one refusal, with another problem in the log', async () => {
      const { client } = await machines()
      const { secret } = await rotateClientSecret(runtimeAt(0), client.id, 0, commandLine)
      const problemOf = async (id: string, text: string) => {
        const refused = authenticate(id, new Secret(text), 0)
        const { code, facts } = await refused.then(
          () => assert.fail('accepted'),
          (error: CountersignError) => error,
        )
        assert.equal(code, 'client_unauthenticated')
        return facts['problem']
      }
      const text = secret.reveal()
      assert.equal((await authenticate(client.id, secret, 0)).client.id, client.id)
      assert.equal(await problemOf(client.id, `${text}\n`), 'secret_has_blank')
      assert.equal(await problemOf(client.id, 'password'), 'secret_malformed')
      assert.equal(await problemOf(client.name, text), 'client_id_malformed')
      assert.equal(await problemOf('c_aaaaaaaaaaaaaaaaaaaaaa', text), 'secret_wrong')
    })

    test('other scopes of a service account, the end of a leaked secret, and its removal revoke its tokens', async () => {
      const { client } = await machines()
      const tokens = [await byClient(client)]
      await setClient(runtimeAt(0), client.id, { scopes: ['read'] }, commandLine)
      tokens.push(await byClient(client))
      await rotateClientSecret(runtimeAt(0), client.id, 60, commandLine)
      tokens.push(await byClient(client))
      assert.deepEqual(tokens.map(await revoked()), [true, false, false])
      await rotateClientSecret(runtimeAt(0), client.id, 0, commandLine)
      tokens.push(await byClient(client))
      assert.deepEqual(tokens.map(await revoked()), [true, true, true, false])
      assert.deepEqual(tokens.at(-1)?.scopes, ['read'])
      await rotateClientSecret(runtimeAt(0), client.id, 60, commandLine)
      const [newest, replaced] = await runtimeAt(0).store.clients.secrets(client.id)
      const end = (secret = '') => endClientSecret(runtimeAt(0), client.id, secret, commandLine)
      await assert.rejects(end(newest?.secret.id), { code: 'client_secret_unknown' })
      assert.ok(!(await revoked())(tokens.at(-1)!))
      await end(replaced?.secret.id)
      assert.ok((await revoked())(tokens.at(-1)!))
      assert.deepEqual(await runtimeAt(0).store.clients.secrets(client.id), [newest])
      await assert.rejects(end(replaced?.secret.id), { code: 'client_secret_unknown' })
      await removeClient(runtimeAt(0), client.id, commandLine)
      assert.ok(tokens.every(await revoked()))
      await assert.rejects(byClient(client), { code: 'client_unauthenticated' })
    })

    test('what is said again changes nothing: no token is revoked, and nothing is recorded', async () => {
      const { audience, client } = await machines()
      const token = await byClient(client)
      const { auditLog } = runtimeAt(0).store
      const heads = await auditLog.heads()
      const scopes = all.toReversed()
      await putResource(runtimeAt(0), { audience, scopes }, commandLine)
      const access = { scopes, resources: [audience] }
      await setClient(runtimeAt(0), client.id, access, commandLine)
      await setClient(runtimeAt(0), client.id, {}, commandLine)
      assert.deepEqual(await auditLog.heads(), heads)
      assert.ok(!(await revoked())(token))
    })

    test('[20.36] no token that lives was got with a secret that has leaked and been replaced, also not at that moment', async () => {
      for (let round = 0; round < rounds; round++) {
        const { client } = await machines()
        const { secret } = await rotateClientSecret(runtimeAt(0), client.id, 0, commandLine)
        const early = await authenticate(client.id, secret, 0)
        const tokens: MachineToken[] = []
        const thieves = Array.from({ length: 6 }, async (_, at) => {
          for (;;) {
            const thief = await authenticate(client.id, secret, at)
            tokens.push(await issueClientToken(runtimeAt(at), thief, {}))
          }
        })
        const settled = Promise.allSettled(thieves)
        await byClient(client)
        await rotateClientSecret(runtimeAt(round), client.id, 0, commandLine)
        for (const one of await settled)
          assert.equal(one.status === 'rejected' && one.reason.code, 'client_unauthenticated')
        assert.ok(tokens.every(await revoked()))
        const late = issueClientToken(runtimeAt(round), early, {})
        await assert.rejects(late, { code: 'client_unauthenticated' })
      }
    })

    test('[20.51] an API token is made of what its resource is when it is written, also if that changed after the request', async () => {
      const { audience, user } = await machines()
      const text = { name: 'x', scopes: ['write'], resource: audience }
      const make = (meanwhile: () => Promise<unknown>) =>
        makeApiTokenOf(interrupted(meanwhile), user.id, text, commandLine)
      const put = () => putResource(runtimeAt(0), { audience, scopes: ['read'] }, commandLine)
      await assert.rejects(make(put), { code: 'scope_unacceptable' })
      const { id } = await putResource(runtimeAt(0), { audience, scopes: all }, commandLine)
      const remove = () => removeResource(runtimeAt(0), id, commandLine)
      await assert.rejects(make(remove), { code: 'resource_unknown' })
      const live = await runtimeAt(0).store.sessions.listGrants(user.id, 'api_token', 1)
      assert.deepEqual(live, [])
    })

    test('[20.52] no API token is made for a user who is disabled, and one that there is can be revoked', async () => {
      const { audience, user, secret } = await machines()
      const text = { name: 'x', scopes: ['read'], resource: audience }
      const disable = () => disableUser(runtimeAt(0), user.id, commandLine)
      const make = makeApiTokenOf(interrupted(disable), user.id, text, commandLine)
      await assert.rejects(make, { code: 'api_token_unacceptable' })
      await enableUser(runtimeAt(0), user.id, commandLine)
      await assert.rejects(byToken(secret), { code: 'grant_invalid' })
      const next = await makeApiTokenOf(runtimeAt(0), user.id, text, commandLine)
      const { store } = runtimeAt(0)
      await store.transaction((tx) => tx.users.setDisabled(user.id, 1)) // as if by a version that made some
      await revokePresentedToken(runtimeAt(1), next.secret, {})
      assert.equal((await store.sessions.find(next.session.id))?.endReason, 'revoked_by_holder')
    })

    test('[23.66] an operation on machines that finds its work done is answered after this server has read earlier bits', async () => {
      const { audience, client, secret } = await machines()
      const runtime = runtimeAt(0)
      const resource = await runtime.store.resources.findByAudience(audience)
      let reads = 0
      const stop = await runtime.store.onChange(async () => void reads++)
      const scopes = ['read']
      const repeatable = [
        () => setClient(runtime, client.id, { scopes }, commandLine),
        () => putResource(runtime, { audience, scopes }, commandLine),
        () => revokePresentedToken(runtime, secret, {}),
        () => removeResource(runtime, resource?.id ?? '', commandLine),
        () => removeClient(runtime, client.id, commandLine),
      ]
      for (const run of repeatable) {
        await run()
        const earlier = reads
        await run().catch(({ code }: CountersignError) =>
          assert.match(code, /^(resource|client)_unknown$/),
        )
        assert.ok(reads > earlier, String(run))
      }
      await stop()
    })

    test('[20.37] a request that was admitted with a token which was revoked meanwhile makes nothing that lasts', async () => {
      const hasher = createPasswordHasher({ memoryKiB: 8, passes: 1 })
      const text = new Secret('correct horse battery')
      const registering = { ...runtimeAt(0), hasher, commonPasswords: async () => () => false }
      const by = await makeAdministrator(registering, `user ${made++}`, text)
      await hasher.close()
      const tokenOf = async () => {
        const status = (await runtimeAt(0).store.sessions.find(by.session))?.status
        return { iss: issuer, status: status && statusClaim(issuer, status) }
      }
      const own = policies.tokens.audience
      const make = (token: Claims) =>
        makeApiToken(
          runtimeAt(1),
          { userId: by.user, sessionId: by.session, token },
          { name: 'x', scopes: ['roles'], resource: own },
        )
      const put = (actor: Actor) =>
        putResource(runtimeAt(1), { audience: own, scopes: ['x'] }, actor)
      const early = await tokenOf()
      await make(early)
      await put({ ...by, token: early })
      await setRoles(runtimeAt(0), by.user, ['admin', 'editor'], commandLine)
      await assert.rejects(make(early), { code: 'session_ended' })
      await assert.rejects(put({ ...by, token: early }), { code: 'session_ended' })
      await make(await tokenOf())
      await put({ ...by, token: await tokenOf() })

      const { client } = await addClient(
        runtimeAt(0),
        {
          name: `client-${made++}`,
          grants: ['client_credentials'],
          scopes: ['admin:clients'],
          resources: [own],
        },
        commandLine,
      )
      const tokenOfClient = async () => {
        const { accessToken } = await byClient(client)
        return { ...claimsOf(accessToken), iss: issuer }
      }
      const leaked = await tokenOfClient()
      const acting = { client: client.id, scope: 'admin:clients' } as const
      await put({ ...acting, token: leaked })
      await rotateClientSecret(runtimeAt(0), client.id, 0, commandLine)
      await assert.rejects(put({ ...acting, token: leaked }), { code: 'session_ended' })
      await put({ ...acting, token: await tokenOfClient() })
    })

    test('other roles of a user revoke the access tokens of an API token, which lives on', async () => {
      const { user, secret } = await machines()
      const earlier = await byToken(secret)
      await setRoles(runtimeAt(0), user.id, [], commandLine)
      assert.ok((await revoked())(earlier))
      const next = await byToken(secret)
      assert.ok(!(await revoked())(next))
      assert.ok(
        !Buffer.from(next.accessToken.split('.')[1] ?? '', 'base64url')
          .toString()
          .includes('editor'),
      )
    })

    test('[20.7] however machines get tokens while a scope is taken away, no token that lives keeps it', async () => {
      for (let round = 0; round < rounds; round++) {
        const { audience, client, secret } = await machines()
        const tokens: MachineToken[] = []
        const answered = new AbortController()
        const devices = Array.from({ length: 6 }, async (_, at) => {
          do tokens.push(await (at % 2 ? byClient(client, at) : byToken(secret, at)))
          while (!answered.signal.aborted)
        })
        const change =
          round % 2
            ? setClient(runtimeAt(round), client.id, { scopes: ['read'] }, commandLine)
            : putResource(runtimeAt(round), { audience, scopes: ['read'] }, commandLine)
        await change.finally(() => answered.abort())
        await Promise.all(devices)
        tokens.push(await byClient(client), await byToken(secret))
        const isRevoked = await revoked()
        const lives = tokens.filter((one) => !isRevoked(one))
        for (const { scopes } of lives)
          assert.ok(!scopes.includes('write') || (round % 2 === 1 && scopes.includes('roles')))
        assert.ok(lives.length >= 2)
      }
    })
  })
}
