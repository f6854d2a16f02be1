import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import { noMetrics } from '../../platform/observability/metrics.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { makeAdministrator } from '../../store/contracts/administrator.fixture.ts'
import { createStore } from '../../store/store.ts'
import { newKeyEncryptionKeys, ringOf, ringRuntime } from '../../store/contracts/keys.fixture.ts'
import { noHooks, policies, testRoot } from '../../store/contracts/policies.fixture.ts'
import { ensureSigningKeys } from '../keys/ensure-signing-keys.ts'
import { reencrypt } from '../keys/reencrypt.ts'
import { rotateByHand, rotateSigningKeys } from '../keys/rotate-signing-keys.ts'
import { createAttemptQueue } from '../limits/attempt-queue.ts'
import { changePassword } from '../passwords/change-password.ts'
import { setPassword } from '../administration/set-password.ts'
import { Secret } from '../kernel/secret.ts'
import { endOtherSessions } from '../sessions/end-sessions.ts'
import { signOut } from '../sessions/sign-out.ts'
import { rotateRefreshToken } from '../sessions/rotate-refresh-token.ts'
import { signIn } from '../authentication/sign-in.ts'
import type { Store } from '../store.ts'
import { deleteOwnUser } from '../administration/delete-user.ts'
import { disableUser, enableUser } from '../administration/disable-user.ts'
import { addUser, registerUser } from '../registration/register-user.ts'
import { setEmail } from '../administration/set-email.ts'
import { setRoles } from '../administration/set-roles.ts'

const password = new Secret('correct horse battery')
const client = { address: '192.0.2.7', userAgent: 'curl/8' }

suite('operations record audit events', () => {
  let store: Store
  let now = 0
  beforeEach(async (context) => {
    store = await createStore({ kind: 'sqlite', file: ':memory:' })
    if ('after' in context) context.after(() => store.close())
    now = 1
  })

  const runtime = () => ({
    store,
    hasher: testHasher,
    attemptQueue: createAttemptQueue(),
    random: systemRandom,
    root: testRoot,
    clock: { now: () => now },
    commonPasswords: async () => () => false,
    policies,
    metrics: noMetrics,
    hooks: noHooks,
  })
  /** The recorded events, the oldest first. */
  const recorded = async () =>
    (await store.auditLog.page({ strand: 0, seq: 0 }, 99)).map(
      ({ type, userId, sessionId, facts, personal }) => [
        type,
        userId,
        sessionId,
        JSON.parse(facts),
        JSON.parse(personal ?? 'null'),
      ],
    )

  test('a user, their sign-in, and how it ended', async () => {
    const ada = await registerUser(runtime(), 'Ada', password)
    const one = await signIn(runtime(), 'ADA', password, client)
    const two = await signIn(runtime(), 'ada', password, {})
    const three = await signIn(runtime(), 'ada', password, {})
    for (let twice = 2; twice > 0; twice--)
      await signOut(runtime(), { userId: ada.id, sessionId: one.session.id })
    const owner = { userId: ada.id, sessionId: two.session.id }
    await endOtherSessions(runtime(), owner)
    const login = { amr: ['pwd'] }
    assert.deepEqual(await recorded(), [
      ['user_registered', ada.id, null, {}, null],
      ['login', ada.id, one.session.id, login, client],
      ['login', ada.id, two.session.id, login, null],
      ['login', ada.id, three.session.id, login, null],
      ['logout', ada.id, one.session.id, {}, null],
      ['session_ended', ada.id, three.session.id, { reason: 'ended_by_user' }, null],
    ])
  })

  test('changes to a user, and who made them', async () => {
    const boss = await makeAdministrator(runtime(), 'boss', password)
    const ada = await addUser(runtime(), 'ada', password, { by: 'command line' })
    const { session } = await signIn(runtime(), 'ada', password, {})
    const [next, third] = [new Secret('another long password'), new Secret('and yet another one')]
    const owner = { userId: ada.id, sessionId: session.id, password, client }
    await changePassword(runtime(), owner, next)
    const wrong = { code: 'current_password_wrong' }
    await assert.rejects(changePassword(runtime(), owner, next), wrong)
    await setPassword(runtime(), ada.id, third, boss)
    await setRoles(runtime(), ada.id, ['editor'], boss)
    await setEmail(runtime(), ada.id, 'ada@example.com', boss)
    for (let twice = 0; twice < 2; twice++) await disableUser(runtime(), ada.id, boss)
    for (let twice = 0; twice < 2; twice++) await enableUser(runtime(), ada.id, boss)
    const last = await signIn(runtime(), 'ada', third, {})
    await deleteOwnUser(runtime(), { ...owner, sessionId: last.session.id, password: third })
    const by = boss.user
    const ended = (one: string, reason: string) => ['session_ended', ada.id, one, { reason }, null]
    assert.deepEqual(
      (await recorded()).filter(([type, user]) => type !== 'login' && user === ada.id),
      [
        ['user_registered', ada.id, null, { by: 'command line' }, null],
        ['password_changed', ada.id, null, {}, client],
        ['password_refused', ada.id, null, {}, client],
        ['password_set', ada.id, null, { by }, null],
        ended(session.id, 'password_changed'),
        ['roles_set', ada.id, null, { roles: ['editor'], by }, null],
        ['email_set', ada.id, null, { by }, null],
        ['user_disabled', ada.id, null, { by }, null],
        ['user_enabled', ada.id, null, { by }, null],
        ['user_deleted', ada.id, null, {}, null],
        ended(last.session.id, 'user_deleted'),
      ],
    )
  })

  test('a taken name adds no user and records nothing', async () => {
    await registerUser(runtime(), 'ada', password)
    await assert.rejects(registerUser(runtime(), 'ADA', password), { code: 'username_taken' })
    assert.equal((await recorded()).length, 1)
  })

  test('a refused sign-in, of a known and of an unknown user; neither password nor unknown name is stored', async () => {
    const ada = await registerUser(runtime(), 'ada', password)
    const refused = { code: 'credentials_wrong' }
    for (const name of ['Ada', 'hunter2', 'HUNTER2', 'someone'])
      await assert.rejects(signIn(runtime(), name, new Secret('canary'), client), refused)
    const [, known, ...unknown] = await recorded()
    assert.deepEqual(known, ['login_refused', ada.id, null, {}, client])
    for (const [type, user, session] of unknown)
      assert.deepEqual([type, user, session], ['login_refused', null, null])
    const [one, same, other] = unknown.map(([, , , , personal]) => personal.unknownName as string)
    assert.equal(one, same, 'two tries of one name can be seen to be so')
    assert.notEqual(one, other)
    assert.doesNotMatch(JSON.stringify(await recorded()), /canary|hunter2|someone/i)
  })

  test('a stolen refresh token, once', async () => {
    const ada = await registerUser(runtime(), 'ada', password)
    const { session, refreshToken } = await signIn(runtime(), 'ada', password, {})
    await rotateRefreshToken(runtime(), refreshToken)
    now += policies.sessions.grace
    for (const code of ['refresh_token_reused', 'session_ended'])
      await assert.rejects(rotateRefreshToken(runtime(), refreshToken, client), { code })
    assert.deepEqual((await recorded()).slice(2), [
      ['refresh_reused', ada.id, session.id, {}, client],
    ])
  })

  test('signing keys: the first, the next, one that leaked, and the re-encryption of all', async () => {
    const first = ringRuntime(store, 1)
    for (let start = 0; start < 2; start++) await ensureSigningKeys(first)
    await rotateSigningKeys(first)
    const [active, next] = (await ringOf(store)).map(({ id }) => id)
    const hour = ringRuntime(store, 3_601)
    await rotateByHand(hour, active!, 'now')
    const others = [hour.keyEncryptionKeys.current]
    await reencrypt({ ...hour, keyEncryptionKeys: { ...newKeyEncryptionKeys(), others } })
    const ring = await ringOf(store)
    const [, last] = ring.filter(({ revokedAt }) => revokedAt === null)
    const { rotationPeriod } = policies.keys
    const introduced = (key: string | undefined, signsFrom: number) => [
      'key_introduced',
      { key, algorithm: 'ES256', signsFrom },
    ]
    assert.deepEqual(
      (await recorded()).map(([type, , , facts]) => [type, facts]),
      [
        introduced(active, 1),
        introduced(next, 1 + rotationPeriod),
        ['key_activation_advanced', { key: next, signsFrom: 3_601 }],
        ['key_revoked', { key: active }],
        introduced(last?.id, 3_601 + rotationPeriod),
        ['keys_reencrypted', { count: 2 }],
      ],
    )
  })
})
