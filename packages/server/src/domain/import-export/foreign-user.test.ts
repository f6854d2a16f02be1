import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sources, type Source } from './foreign-user.ts'

// One record of each system, in the shape of its own export. Hashes are of no password; e2e/interop tests those.

const bcrypt = `$2b$12$${'.'.repeat(53)}`
const django = `pbkdf2_sha256$260000$salt$${Buffer.alloc(32).toString('base64')}`
const now = 1_800_000_000
const firebase = { signerKey: 'AAAA', saltSeparator: 'Bw==', rounds: 8, memoryCost: 14 }
const read = (from: Source, members: Readonly<Record<string, unknown>>) =>
  sources[from].read(members, { now, firebase, hmacPepperId: 'AAAAAAAA' })

test('each system has users with names, addresses and states', () => {
  const rows: readonly (readonly [
    Source,
    Readonly<Record<string, unknown>>,
    object | undefined,
  ])[] = [
    [
      'werkzeug',
      { id: '7', username: 'ada', email: 'ada@x.example', password_hash: bcrypt, is_active: 'f' },
      {
        name: 'ada',
        email: 'ada@x.example',
        isDisabled: true,
        isEmailVerified: false,
        hash: bcrypt,
      },
    ],
    [
      'werkzeug', // Flask-Security
      { email: 'ada@x.example', password: bcrypt, active: 't', confirmed_at: '2025-01-01' },
      { name: 'ada@x.example', isDisabled: false, isEmailVerified: true },
    ],
    [
      'django',
      {
        model: 'auth.user',
        pk: 1,
        fields: {
          password: django,
          is_superuser: true,
          username: 'ada',
          email: '',
          is_active: true,
          date_joined: '2020-02-03T04:05:06.789Z',
        },
      },
      {
        name: 'ada',
        email: undefined,
        isDisabled: false,
        roles: ['admin'],
        createdAt: 1_580_702_706,
      },
    ],
    [
      'django',
      { model: 'auth.user', fields: { username: 'ada', password: '!x' } },
      { hash: undefined },
    ],
    [
      'flask-security',
      { email: 'ada@x.example', password: bcrypt, active: 'f', confirmed_at: '2025-01-01' },
      { isDisabled: true, isEmailVerified: true, hash: `$hmac-sha512$keyid=AAAAAAAA${bcrypt}` },
    ],
    ['django', { model: 'auth.group', fields: { name: 'editors' } }, undefined],
    [
      'firebase',
      {
        localId: 'x',
        email: 'ada@x.example',
        emailVerified: true,
        disabled: false,
        passwordHash: Buffer.alloc(64).toString('base64url'),
        salt: 'c2FsdA==',
        createdAt: '1580702706789',
      },
      { name: 'ada@x.example', isEmailVerified: true, createdAt: 1_580_702_706 },
    ],
    ['firebase', { localId: 'y', email: 'g@x.example', providerUserInfo: [] }, { hash: undefined }],
    [
      'better-auth',
      {
        name: 'Ada L.',
        email: 'ada@x.example',
        emailVerified: 1,
        password: null,
        role: 'user,admin',
      },
      { name: 'ada@x.example', isEmailVerified: true, roles: ['user', 'admin'], hash: undefined },
    ],
    [
      'supabase',
      {
        email: 'ada@x.example',
        encrypted_password: bcrypt,
        banned_until: '2020-01-01 00:00:00+00',
        role: 'authenticated',
      },
      { name: 'ada@x.example', isEmailVerified: false, isDisabled: false, roles: [], hash: bcrypt },
    ],
    [
      'supabase',
      { email: 'a@x.example', banned_until: '2120-01-01 00:00:00+00' },
      { isDisabled: true },
    ],
    [
      'auth0',
      { _id: { $oid: 'x' }, email: 'ada@x.example', email_verified: true, passwordHash: bcrypt },
      { name: 'ada@x.example', isEmailVerified: true, hash: bcrypt },
    ],
    [
      'keycloak',
      {
        username: 'ada',
        email: 'ada@x.example',
        enabled: false,
        realmRoles: ['editor'],
        credentials: [
          { type: 'otp' },
          {
            type: 'password',
            secretData: JSON.stringify({
              value: Buffer.alloc(64).toString('base64'),
              salt: 'c2FsdA==',
              additionalParameters: {},
            }),
            credentialData: JSON.stringify({
              hashIterations: 210_000,
              algorithm: 'pbkdf2-sha512',
              additionalParameters: {},
            }),
          },
        ],
      },
      {
        name: 'ada',
        isDisabled: true,
        roles: ['editor'],
        hash: `$pbkdf2-sha512$i=210000$c2FsdA$${'A'.repeat(86)}`,
      },
    ],
    [
      'jsonl',
      {
        id: `u_${'x'.repeat(22)}`,
        username: 'ada',
        email_verified_at: 5,
        roles: ['a'],
        disabled_at: null,
        created_at: 5,
      },
      {
        id: `u_${'x'.repeat(22)}`,
        name: 'ada',
        isEmailVerified: true,
        isDisabled: false,
        createdAt: 5,
      },
    ],
    [
      'csv',
      { id: '7', username: 'ada', roles: 'a b', disabled: 'true' },
      { id: undefined, roles: ['a', 'b'], isDisabled: true },
    ],
  ]
  for (const [from, members, expected] of rows) {
    const user = read(from, members)
    if (expected === undefined) assert.equal(user, undefined)
    else assert.partialDeepStrictEqual(user, expected, from)
  }
})

test('a record without a name, and one whose hash lacks what it needs, are refused', () => {
  for (const from of Object.keys(sources) as Source[])
    assert.throws(() => read(from, {}), { code: 'record_invalid' }, from)
  const members = { email: 'a@x.example', salt: 'AAAA', passwordHash: 'AAAA' }
  assert.throws(() => sources.firebase.read(members, { now }), { code: 'hash_unsupported' })
  const flask = { email: 'a@x.example', password: bcrypt }
  assert.throws(() => sources['flask-security'].read(flask, { now }), { code: 'hash_unsupported' })
  const credentials = [{ type: 'password', secretData: '{', credentialData: '{}' }]
  assert.throws(() => read('keycloak', { username: 'a', credentials }), {
    code: 'hash_unsupported',
  })
})

test('each name that other systems give to a disabled user is read in a file of any system', () => {
  const user = { username: 'ada', email: 'ada@x.example' }
  const systems: readonly Source[] = ['csv', 'jsonl', 'werkzeug', 'django', 'auth0']
  for (const from of systems) {
    const isDisabled = (more: object) => read(from, { ...user, ...more })?.isDisabled
    for (const no of ['f', '0', 'False', 'FALSE', 'no', 'off', false, 0, null])
      for (const name of ['is_active', 'active', 'enabled', 'isActive'])
        assert.equal(isDisabled({ [name]: no }), true, `${from} ${name} ${no}`)
    for (const yes of ['t', '1', 'TRUE', 'yes', true, 1])
      for (const name of ['disabled', 'banned', 'blocked', 'suspended', 'deleted'])
        assert.equal(isDisabled({ [name]: yes }), true, `${from} ${name} ${yes}`)
    assert.equal(isDisabled({ deleted_at: '2025-01-01' }), true, from)
    assert.equal(isDisabled({ is_active: 'TRUE', disabled: 'no', deleted_at: '\\N' }), false, from)
    assert.throws(() => isDisabled({ is_active: 'closed' }), { code: 'record_invalid' }, from)
  }
})

test('[24.3] an address whose column says no is not verified, however it is written', () => {
  for (const no of ['FALSE', 'no', 'N', 'off'])
    assert.equal(read('csv', { email: 'a@x.example', email_verified: no })?.isEmailVerified, false)
})
