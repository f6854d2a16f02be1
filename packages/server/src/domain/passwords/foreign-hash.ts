import { fail } from '../../failures.ts'
import { judgeHash } from './hash-cost.ts'
import {
  formatHash,
  parseHash,
  type BcryptInput,
  type Pbkdf2Hash,
  type ScryptHash,
  type StoredHash,
} from './stored-hash.ts'

// Password hashes as other systems write them. Each text says by its beginning which system and which parameters made it.

type Parts = readonly string[]

const hex = (text = '') => Buffer.from(text, 'hex')
const bytes = (text = '') => Buffer.from(text) // a salt that was made as text, and is used as such
const base64 = (text = '') => Buffer.from(text.replaceAll('.', '+'), 'base64') // passlib writes `.` for `+`

const bcryptHash = '\\$2[aby]\\$(\\d\\d)\\$([./A-Za-z0-9]{53})'
const base64Text = '([\\w./+-]+={0,2})'

/** The formats that each system writes, and the hash that each of them means. */
const formats: readonly (readonly [pattern: RegExp, parse: (parts: Parts) => StoredHash])[] = [
  // bcrypt. The letters name faults of programs that were mended since: all are one algorithm. PHP, Supabase, Auth0; Django's BCryptPasswordHasher.
  [new RegExp(`^(?:bcrypt\\$)?${bcryptHash}$`), bcrypt('password')],
  [new RegExp(`^bcrypt_sha256\\$${bcryptHash}$`), bcrypt('sha256-hex')], // Django
  [/^\$bcrypt-sha256\$2[ab],(\d+)\$(.{22})\$(.{31})$/, bcrypt('sha256-base64')], // passlib before 1.7.3
  [/^\$bcrypt-sha256\$v=2,t=2b,r=(\d+)\$(.{22})\$(.{31})$/, bcrypt('hmac-sha256')], // passlib
  // werkzeug: generate_password_hash
  [
    /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([\da-f]+)$/,
    ([n, r, p, salt, digest]) => scrypt(n, r, p, bytes(salt), hex(digest)),
  ],
  [
    /^pbkdf2:(sha1|sha256|sha512):(\d+)\$([^$]+)\$([\da-f]+)$/,
    ([hmac, rounds, salt, digest]) => pbkdf2(hmac, rounds, bytes(salt), hex(digest)),
  ],
  // Django
  [
    new RegExp(`^pbkdf2_(sha1|sha256)\\$(\\d+)\\$([^$]+)\\$${base64Text}$`),
    ([hmac, rounds, salt, digest]) => pbkdf2(hmac, rounds, bytes(salt), base64(digest)),
  ],
  [
    new RegExp(`^scrypt\\$(\\d+)\\$([^$]+)\\$(\\d+)\\$(\\d+)\\$${base64Text}$`),
    ([n, salt, r, p, digest]) => scrypt(n, r, p, bytes(salt), base64(digest)),
  ],
  // passlib, Flask-Security, and PHC strings of others
  [
    new RegExp(
      `^\\$pbkdf2-?(sha1|sha256|sha512|)\\$(?:i=)?(\\d+)(?:,l=\\d+)?\\$${base64Text}\\$${base64Text}$`,
    ),
    ([hmac, rounds, salt, digest]) => pbkdf2(hmac || 'sha1', rounds, base64(salt), base64(digest)),
  ],
  [
    new RegExp(`^\\$scrypt\\$ln=(\\d+),r=(\\d+),p=(\\d+)\\$${base64Text}\\$${base64Text}$`),
    ([ln, r, p, salt, digest]) =>
      scrypt(String(2 ** Number(ln)), r, p, base64(salt), base64(digest)),
  ],
  // Argon2 of every system; Django puts its name in front. Without `v=` it is the version before the RFC.
  [
    new RegExp(
      `^(?:argon2)?\\$(argon2(?:id?|d))\\$(?:v=(\\d+)\\$)?m=(\\d+),t=(\\d+),p=(\\d+)\\$${base64Text}\\$${base64Text}$`,
    ),
    ([variant = '', version, m, t, p, salt, digest]) =>
      argon2(variant, version ?? '16', [m, t, p], base64(salt), base64(digest)),
  ],
  // better-auth. The salt is the text of its hexadecimal digits.
  [
    /^([\da-f]{32}):([\da-f]{128})$/,
    ([salt, digest]) => ({ ...scrypt('16384', '16', '1', bytes(salt), hex(digest)), form: 'nfkc' }),
  ],
]

/**
 * Parses a password hash that another system wrote, or this one, and returns it as it is stored. Fails with `hash_unsupported` for an unknown format,
 * and with `hash_excessive` for parameters whose check would take too long or too much memory: N = 2^30, or a billion rounds.
 */
export function parseForeignHash(text: string): string {
  const own = parseHash(text)
  if (own) return accepted(own)
  for (const [pattern, parse] of formats) {
    const found = pattern.exec(text)
    if (found) return accepted(parse(found.slice(1)))
  }
  throw fail('hash_unsupported', { detail: 'its format is unknown' })
}

/** Returns a hash of Flask-Security as it is stored: of an HMAC by a key that is among the peppers. Fails as {@link parseForeignHash}. */
export function parseKeyedHash(text: string, pepperId: string): string {
  return `$hmac-sha512$keyid=${pepperId}${parseForeignHash(text)}`
}

/** The parameters that Firebase shows for a project, in `hash_config`. */
export interface FirebaseParams {
  readonly signerKey: string
  readonly saltSeparator: string
  readonly rounds: number
  readonly memoryCost: number
}

/** Returns a hash of Firebase as it is stored. The console calls the block size of scrypt `rounds`, and log2 of N `mem_cost`. Fails as {@link parseForeignHash}. */
export function parseFirebaseHash(
  { signerKey, saltSeparator, rounds, memoryCost }: FirebaseParams,
  salt: string,
  digest: string,
): string {
  return accepted({
    algorithm: 'firebase-scrypt',
    log2N: memoryCost,
    blockSize: rounds,
    saltSeparator: base64(saltSeparator),
    signerKey: base64(signerKey),
    salt: base64(salt),
    digest: base64(digest),
  })
}

/** The data that Keycloak stores of a password, in `secretData` and `credentialData`. */
export interface KeycloakCredential {
  readonly algorithm: string
  readonly iterations: number
  /** Argon2's parameters by their names there. */
  readonly parameters: Readonly<Record<string, string | undefined>>
  readonly salt: string
  readonly value: string
}

/** Returns a hash of Keycloak as it is stored. Fails as {@link parseForeignHash}. */
export function parseKeycloakHash(credential: KeycloakCredential): string {
  const { algorithm, iterations, parameters, salt, value } = credential
  const [, hmac = 'sha1'] = /^pbkdf2(?:-(sha256|sha512))?$/.exec(algorithm) ?? []
  if (algorithm.startsWith('pbkdf2'))
    return accepted(pbkdf2(hmac, String(iterations), base64(salt), base64(value)))
  if (algorithm !== 'argon2') throw fail('hash_unsupported', { detail: 'its algorithm is unknown' })
  const { type = 'id', version = '1.3', memory, parallelism } = parameters
  const number = version === '1.3' ? '19' : '16'
  const cost = [memory, String(iterations), parallelism]
  return accepted(argon2(`argon2${type}`, number, cost, base64(salt), base64(value)))
}

function accepted(hash: StoredHash): string {
  switch (judgeHash(hash)) {
    case 'good':
      return formatHash(hash)
    case 'malformed':
      throw fail('hash_unsupported', { detail: 'its salt, digest or parameters are invalid' })
    case 'excessive':
      throw fail('hash_excessive')
  }
}

function bcrypt(input: BcryptInput): (parts: Parts) => StoredHash {
  return ([cost, ...encoded]) => {
    const saltAndDigest = encoded.join('')
    return { algorithm: 'bcrypt', input, cost: Number(cost), saltAndDigest }
  }
}

function scrypt(n = '', r = '', p = '', salt: Buffer, digest: Buffer): ScryptHash {
  const cost = { log2N: Math.log2(Number(n)), blockSize: Number(r), parallelism: Number(p) }
  return { algorithm: 'scrypt', form: 'typed', ...cost, salt, digest }
}

function pbkdf2(hmac = '', rounds = '', salt: Buffer, digest: Buffer): Pbkdf2Hash {
  return { algorithm: 'pbkdf2', hmac, rounds: Number(rounds), salt, digest }
}

function argon2(
  variant: string,
  version: string,
  [memory, passes, parallelism]: readonly (string | undefined)[],
  salt: Buffer,
  digest: Buffer,
): StoredHash {
  const cost = {
    memoryKiB: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  }
  const known = { variant, version: Number(version), pepperId: null }
  return { algorithm: 'argon2', ...known, ...cost, salt, digest }
}
