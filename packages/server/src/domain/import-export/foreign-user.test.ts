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
