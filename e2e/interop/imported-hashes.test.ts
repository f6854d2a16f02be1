import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { askPython, pythonLacks } from '@countersign/testing/python'
import { Secret } from '../../packages/server/src/domain/kernel/secret.ts'
import {
  parseForeignHash,
  parseKeyedHash,
} from '../../packages/server/src/domain/passwords/foreign-hash.ts'
import {
  needsRehash,
  pepperIdOf,
} from '../../packages/server/src/domain/passwords/password-hash.ts'
import { createPasswordHasher } from '../../packages/server/src/platform/crypto/password-hasher.ts'

// The libraries themselves hash passwords, and this server checks them. Costs are low: what counts is the format.

const makeHashes = `
import json, sys
from werkzeug.security import generate_password_hash
from django.conf import settings
settings.configure()
from django.contrib.auth import hashers as django
from passlib import hash as passlib
import argon2, base64, bcrypt, hashlib, hmac, unicodedata

def django_of(cls, **cost):
    class Cheap(cls): pass
    for name, value in cost.items(): setattr(Cheap, name, value)
    return lambda password: Cheap().encode(password, Cheap().salt())

def django_scrypt(password):  # Django 4.0 and later; Debian's is older
    salt = 'abcdefghij0123456789AB'
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), n=1024, r=8, p=1, dklen=64)
    return 'scrypt$1024$%s$8$1$%s' % (salt, base64.b64encode(digest).decode())

def werkzeug_scrypt(password):  # werkzeug 2.3 and later; Debian's is older
    salt = 'AbCdEfGh01234567'
    return 'scrypt:1024:8:1$%s$%s' % (salt, hashlib.scrypt(password.encode(), salt=salt.encode(), n=1024, r=8, p=1, dklen=64).hex())

def argon2_of(kind):
    return argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=2, type=kind).hash

makers = {
    'werkzeug pbkdf2': lambda p: generate_password_hash(p, 'pbkdf2:sha256:1000'),
    'werkzeug pbkdf2 sha512': lambda p: generate_password_hash(p, 'pbkdf2:sha512:1000', 16),
    'werkzeug pbkdf2 sha1': lambda p: generate_password_hash(p, 'pbkdf2:sha1:1000'),
    'werkzeug scrypt': werkzeug_scrypt,
    'django pbkdf2_sha256': django_of(django.PBKDF2PasswordHasher, iterations=1000),
    'django pbkdf2_sha1': django_of(django.PBKDF2SHA1PasswordHasher, iterations=1000),
    'django argon2': django_of(django.Argon2PasswordHasher, time_cost=1, memory_cost=512, parallelism=8),
    'django bcrypt': django_of(django.BCryptPasswordHasher, rounds=4),
    'django bcrypt_sha256': django_of(django.BCryptSHA256PasswordHasher, rounds=4),
    'django scrypt': django_scrypt,
    'passlib pbkdf2_sha1': passlib.pbkdf2_sha1.using(rounds=1000).hash,
    'passlib pbkdf2_sha256': passlib.pbkdf2_sha256.using(rounds=1000).hash,
    'passlib pbkdf2_sha512': passlib.pbkdf2_sha512.using(rounds=1000).hash,
    'passlib bcrypt_sha256': passlib.bcrypt_sha256.using(rounds=4).hash,
    'passlib bcrypt_sha256, version 1': passlib.bcrypt_sha256.using(rounds=4, version=1).hash,
    'passlib scrypt': passlib.scrypt.using(rounds=8).hash,
    'bcrypt 2a': lambda p: bcrypt.hashpw(p.encode(), bcrypt.gensalt(4, b'2a')).decode(),
    'bcrypt 2b': lambda p: bcrypt.hashpw(p.encode(), bcrypt.gensalt(4)).decode(),
    'bcrypt 2y': lambda p: bcrypt.hashpw(p.encode(), bcrypt.gensalt(4)).decode().replace('$2b$', '$2y$'),
    'argon2i': argon2_of(argon2.Type.I),
    'argon2d': argon2_of(argon2.Type.D),
    'argon2id': argon2_of(argon2.Type.ID),
    'argon2id before the RFC': lambda p: argon2.low_level.hash_secret(p.encode(), b'saltsaltsalt', 1, 64, 1, 32, argon2.Type.ID, version=16).decode().replace('v=16$', ''),
}
def flask_security(maker):  # flask_security.utils.get_hmac
    def make(password):
        normal = unicodedata.normalize('NFKD', password).encode()
        return maker(base64.b64encode(hmac.new(b'the SECURITY_PASSWORD_SALT of an application', normal, hashlib.sha512).digest()).decode())
    return make

keyed = {
    'bcrypt': flask_security(passlib.bcrypt.using(rounds=4).hash),
    'pbkdf2_sha512': flask_security(passlib.pbkdf2_sha512.using(rounds=1000).hash),
    'argon2': flask_security(argon2_of(argon2.Type.ID)),
}
passwords = json.load(sys.stdin)
if isinstance(passwords, dict):
    makers, passwords = keyed, passwords['keyed']
print(json.dumps([[name, password, make(password)] for name, make in makers.items() for password in passwords]))
`

const lacks = pythonLacks(
  'python3-werkzeug',
  'python3-django',
  'python3-passlib',
  'python3-bcrypt',
  'python3-argon2',
)
const key = Buffer.from('the SECURITY_PASSWORD_SALT of an application')
const cheap = { memoryKiB: 8, passes: 1 }
const hasher = createPasswordHasher({
  ...cheap,
  previousPeppers: [new Secret(key.toString('base64'))],
})
after(() => hasher.close())

test(
  'hashes by the libraries of other systems are checked, and are renewed',
  { skip: lacks },
  async () => {
    const passwords = [
      'correct horse battery',
      'p\u00e4ssw\u00f6rd \u{1f600}',
      'x'.repeat(71),
      `${'long '.repeat(20)}!`,
    ]
    const made = await askPython<readonly (readonly [string, string, string])[]>(
      makeHashes,
      passwords,
    )
    assert.equal(made.length, 23 * passwords.length)
    for (const [name, password, text] of made) {
      const stored = parseForeignHash(text)
      assert.equal(parseForeignHash(stored), stored, 'what is stored can be exported and imported')
      assert.equal(await hasher.verify(stored, new Secret(password), []), true, `${name}: ${text}`)
      assert.equal(await hasher.verify(stored, new Secret(`X${password}`), []), false, name)
      assert.equal(needsRehash(stored, hasher.hashParams), true, name)
    }
  },
)

test(
  'hashes of Flask-Security are checked with its key, and only with it',
  { skip: lacks },
  async () => {
    const passwords = ['correct horse battery', 'p\u00e4ssw\u00f6rd', 'x'.repeat(100)]
    type Made = readonly (readonly [name: string, password: string, text: string])[]
    const made = await askPython<Made>(makeHashes, { keyed: passwords })
    assert.equal(made.length, 9)
    const without = createPasswordHasher(cheap)
    after(() => without.close())
    for (const [name, password, text] of made) {
      const stored = parseKeyedHash(text, pepperIdOf(key))
      assert.equal(parseForeignHash(stored), stored)
      assert.ok(!stored.includes(key.toString('base64').slice(0, 12)))
      assert.equal(await hasher.verify(stored, new Secret(password), []), true, `${name}: ${text}`)
      assert.equal(await hasher.verify(stored, new Secret(`X${password}`), []), false, name)
      assert.equal(await hasher.verify(parseForeignHash(text), new Secret(password), []), false)
      assert.equal(needsRehash(stored, hasher.hashParams), true)
      await assert.rejects(without.verify(stored, new Secret(password), []), {
        code: 'pepper_missing',
      })
    }
  },
)
