import { createCipheriv, scryptSync } from 'node:crypto'

// The exports of other systems, with users who have these passwords in turn.

/** The passwords of the users. */
export const passwords = [
  'correct horse battery',
  'p\u00e4ssw\u00f6rd \u{1f600}',
  'donaudampfschiffahrt',
  'x',
]

/** A program that hashes passwords with the library of each system, and makes users of Django and dumps them. */
export const hashAll = `
import json, sys
from werkzeug.security import generate_password_hash
from passlib import hash as passlib
import bcrypt, hashlib, base64, os
passwords, users = json.load(sys.stdin)

def keycloak(password):
    salt = os.urandom(16)
    value = hashlib.pbkdf2_hmac('sha512', password.encode(), salt, 1000, 64)
    text = lambda data: base64.b64encode(data).decode()
    return [text(salt), text(value)]

from django.conf import settings
settings.configure(INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes'], USE_TZ=True, SECRET_KEY='x',
    DEFAULT_AUTO_FIELD='django.db.models.AutoField', DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}})
import django, io
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import Group, User
from django.contrib.auth.hashers import PBKDF2PasswordHasher
call_command('migrate', verbosity=0)
class Cheap(PBKDF2PasswordHasher):
    iterations = 1000
hashes = [Cheap().encode(password, Cheap().salt()) for password in passwords]
User.objects.bulk_create([User(username='django %d' % at, email='django%d@x.example' % at, password=hashes[at % len(hashes)], is_superuser=at == 1) for at in range(users)])
dump = io.StringIO()
call_command('dumpdata', 'auth.user', 'auth.group', stdout=dump)

print(json.dumps({
    'werkzeug': [generate_password_hash(one, 'pbkdf2:sha256:1000') for one in passwords],
    'flask-security': [passlib.pbkdf2_sha512.using(rounds=1000).hash(one) for one in passwords],
    'bcrypt': [bcrypt.hashpw(one.encode(), bcrypt.gensalt(5)).decode() for one in passwords],
    'keycloak': [keycloak(one) for one in passwords],
    'django': dump.getvalue(),
}))
`

/** The output of the program: hashes of the passwords, and a dump of Django. */
export interface Made {
  readonly werkzeug: readonly string[]
  readonly 'flask-security': readonly string[]
  readonly bcrypt: readonly string[]
  readonly keycloak: readonly (readonly [salt: string, value: string])[]
  readonly django: string
}

const signerKey = Buffer.alloc(64, 'signer key')
/** The hash parameters of a project of Firebase, as its console shows them; its cost is low. */
export const hashConfig = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: ${signerKey.toString('base64')},
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 4,
}`

/** Firebase's algorithm as github.com/firebase/scrypt describes it; its published example is in foreign-hash.test.ts. */
function firebaseHash(password: string, salt: Buffer): string {
  const key = scryptSync(password, Buffer.concat([salt, Buffer.from('Bw==', 'base64')]), 64, {
    N: 16,
    r: 8,
    p: 1,
  })
  const cipher = createCipheriv('aes-256-ctr', key.subarray(0, 32), Buffer.alloc(16))
  return cipher.update(signerKey).toString('base64url')
}

const betterAuth = passwords.map((password) => {
  const salt = '00112233445566778899aabbccddeeff'
  const cost = { N: 16_384, r: 16, p: 1, maxmem: 2 ** 26 }
  return `${salt}:${scryptSync(password.normalize('NFKC'), salt, 64, cost).toString('hex')}`
})

/** The export of each system: the file, and the name of a user in it. */
export function exportsOf(made: Made, users: number) {
  const numbers = Array.from({ length: users }, (_, at) => at)
  const emailOf = (system: string, at: number) => `${system}${at}@x.example`
  const csv = (header: string, rows: readonly (readonly unknown[])[]) =>
    [header, ...rows.map((row) => row.join(','))].join('\n')
  const at4 = <T>(all: readonly T[], at: number) => all[at % passwords.length]!
  const lines = (make: (at: number) => object) =>
    numbers.map((at) => JSON.stringify(make(at))).join('\n')
  const named = (system: string) => (at: number) => `${system} ${at}`
  const addressed = (system: string) => (at: number) => emailOf(system, at)
  const firebase = (at: number) => {
    const salt = Buffer.from(`salt ${at}`)
    const hash = firebaseHash(at4(passwords, at), salt)
    return {
      localId: String(at),
      email: emailOf('firebase', at),
      passwordHash: hash,
      salt: salt.toString('base64url'),
      emailVerified: true,
    }
  }
  const keycloak = (at: number) => {
    const [salt, value] = at4(made.keycloak, at)
    const secretData = JSON.stringify({ value, salt, additionalParameters: {} })
    const credentialData = JSON.stringify({
      hashIterations: 1000,
      algorithm: 'pbkdf2-sha512',
      additionalParameters: {},
    })
    return {
      username: named('keycloak')(at),
      enabled: true,
      credentials: [{ type: 'password', secretData, credentialData }],
    }
  }
  return [
    [
      'werkzeug',
      named('flask'),
      csv(
        'id,username,email,password_hash',
        numbers.map((at) => [at, named('flask')(at), emailOf('flask', at), at4(made.werkzeug, at)]),
      ),
    ],
    [
      'werkzeug',
      addressed('security'),
      csv(
        'email,password,active',
        numbers.map((at) => [emailOf('security', at), at4(made['flask-security'], at), 't']),
      ),
    ],
    ['django', named('django'), made.django],
    ['firebase', addressed('firebase'), JSON.stringify({ users: numbers.map(firebase) })],
    [
      'better-auth',
      addressed('better'),
      lines((at) => ({
        name: 'A name',
        email: emailOf('better', at),
        emailVerified: false,
        password: at4(betterAuth, at),
      })),
    ],
    [
      'supabase',
      addressed('supabase'),
      csv(
        'id,email,encrypted_password,email_confirmed_at',
        numbers.map((at) => [
          at,
          emailOf('supabase', at),
          at4(made.bcrypt, at),
          '2025-01-01 00:00:00+00',
        ]),
      ),
    ],
    [
      'auth0',
      addressed('auth'),
      lines((at) => ({
        _id: { $oid: String(at) },
        email: emailOf('auth', at),
        email_verified: true,
        passwordHash: at4(made.bcrypt, at),
      })),
    ],
    [
      'keycloak',
      named('keycloak'),
      JSON.stringify({ realm: 'x', users: numbers.map(keycloak) }, null, 2),
    ],
  ] as const
}
