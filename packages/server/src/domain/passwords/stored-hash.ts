// Hashes as the database has them: those of this server, and those of other systems, which are renewed at the next sign-in. All are PHC strings;
// `foreign-hash.ts` converts what other systems write.

interface SaltAndDigest {
  readonly salt: Buffer
  readonly digest: Buffer
}

/** A hash by Argon2 (RFC 9106); version 16 is the one before the RFC. */
export interface Argon2Hash extends SaltAndDigest {
  readonly algorithm: 'argon2'
  readonly variant: string
  readonly version: number
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
  /** The pepper of a hash of this server; null for none. */
  readonly pepperId: string | null
}

/** A hash by scrypt (RFC 7914). */
export interface ScryptHash extends SaltAndDigest {
  readonly algorithm: 'scrypt'
  /** The form of the password that was hashed: as it was typed, or NFKC, as better-auth does. */
  readonly form: 'typed' | 'nfkc'
  readonly log2N: number
  readonly blockSize: number
  readonly parallelism: number
}

/** A hash by the scrypt of Firebase: the signer key of the project, encrypted with a key that scrypt derives from the password. */
export interface FirebaseHash extends SaltAndDigest {
  readonly algorithm: 'firebase-scrypt'
  readonly log2N: number
  readonly blockSize: number
  readonly saltSeparator: Buffer
  readonly signerKey: Buffer
}

/** A hash by PBKDF2 (RFC 8018) with HMAC. */
export interface Pbkdf2Hash extends SaltAndDigest {
  readonly algorithm: 'pbkdf2'
  readonly hmac: string
  readonly rounds: number
}

/** A hash by bcrypt. */
export interface BcryptHash {
  readonly algorithm: 'bcrypt'
  readonly input: BcryptInput
  readonly cost: number
  /** Salt and digest in bcrypt's own alphabet, 22 and 31 characters. */
  readonly saltAndDigest: string
}

/** A hash of the password by one algorithm. */
export type PlainHash = Argon2Hash | ScryptHash | FirebaseHash | Pbkdf2Hash | BcryptHash

/** A hash not of the password, but of its HMAC-SHA512 in base64, by a key that is among the peppers: Flask-Security's `SECURITY_PASSWORD_SALT`. */
export interface KeyedHash {
  readonly algorithm: 'hmac-sha512'
  readonly pepperId: string
  readonly inner: PlainHash
}

/** A stored hash of a password. */
export type StoredHash = PlainHash | KeyedHash

/**
 * The input that bcrypt hashes, by the beginning of the text: the password, its SHA-256 in hexadecimal (Django), or in base64 its SHA-256 or its HMAC
 * by the salt (passlib).
 */
const bcryptInputs = {
  '2b': 'password',
  'bcrypt-sha256-hex': 'sha256-hex',
  'bcrypt-sha256-base64': 'sha256-base64',
  'bcrypt-hmac-sha256': 'hmac-sha256',
} as const

/** The input that bcrypt hashes: the password, or a digest of it. */
export type BcryptInput = (typeof bcryptInputs)[keyof typeof bcryptInputs]

/** Returns the text of a hash as it is stored. */
export function formatHash(hash: StoredHash): string {
  switch (hash.algorithm) {
    case 'hmac-sha512':
      return `$hmac-sha512$keyid=${hash.pepperId}${formatHash(hash.inner)}`
    case 'argon2': {
      const pepper = hash.pepperId === null ? '' : `,keyid=${hash.pepperId}`
      const cost = `m=${hash.memoryKiB},t=${hash.passes},p=${hash.parallelism}${pepper}`
      return joined(`${hash.variant}$v=${hash.version}$${cost}`, hash)
    }
    case 'scrypt': {
      const id = hash.form === 'nfkc' ? 'scrypt-nfkc' : 'scrypt'
      return joined(`${id}$ln=${hash.log2N},r=${hash.blockSize},p=${hash.parallelism}`, hash)
    }
    case 'firebase-scrypt': {
      const keys = `sep=${toBase64(hash.saltSeparator)},key=${toBase64(hash.signerKey)}`
      return joined(`firebase-scrypt$ln=${hash.log2N},r=${hash.blockSize},${keys}`, hash)
    }
    case 'pbkdf2':
      return joined(`pbkdf2-${hash.hmac}$i=${hash.rounds}`, hash)
    case 'bcrypt': {
      const [id] = Object.entries(bcryptInputs).find(([, input]) => input === hash.input) ?? []
      return `$${id}$${String(hash.cost).padStart(2, '0')}$${hash.saltAndDigest}`
    }
  }
}

/** Parses a hash as it is stored, in the spelling of {@link formatHash} only; `undefined` for every other text. */
export function parseHash(text: string): StoredHash | undefined {
  const [, pepperId, rest = text] = /^\$hmac-sha512\$keyid=([\w+/-]+)(\$.*)$/.exec(text) ?? []
  const [before, id = '', ...parts] = rest.split('$')
  const inner = before === '' ? fromParts(id, parts) : undefined
  if (!inner || formatHash(inner) !== rest) return undefined
  return pepperId === undefined ? inner : { algorithm: 'hmac-sha512', pepperId, inner }
}

/** Returns the id of the pepper that checking a hash needs; null for none. */
export function pepperOfHash(text: string): string | null {
  const hash = parseHash(text)
  return hash && 'pepperId' in hash ? hash.pepperId : null
}

function fromParts(id: string, parts: readonly string[]): PlainHash | undefined {
  const [digest = '', salt = ''] = parts.toReversed()
  const encoded = { salt: fromBase64(salt), digest: fromBase64(digest) }
  const params = paramsOf(parts.at(-3) ?? '')
  const numberOf = (name: string) => Number(params.get(name))
  const [, hmac] = /^pbkdf2-(sha1|sha256|sha512)$/.exec(id) ?? []
  if (hmac !== undefined) return { algorithm: 'pbkdf2', hmac, rounds: numberOf('i'), ...encoded }
  switch (id) {
    case 'argon2i':
    case 'argon2d':
    case 'argon2id': {
      const version = Number(paramsOf(parts[0] ?? '').get('v'))
      const [memoryKiB, passes, parallelism] = [numberOf('m'), numberOf('t'), numberOf('p')]
      const cost = { memoryKiB, passes, parallelism, pepperId: params.get('keyid') ?? null }
      return { algorithm: 'argon2', variant: id, version, ...cost, ...encoded }
    }
    case 'scrypt':
    case 'scrypt-nfkc': {
      const form = id === 'scrypt' ? 'typed' : 'nfkc'
      const cost = { log2N: numberOf('ln'), blockSize: numberOf('r'), parallelism: numberOf('p') }
      return { algorithm: 'scrypt', form, ...cost, ...encoded }
    }
    case 'firebase-scrypt': {
      const bytesOf = (name: string) => fromBase64(params.get(name) ?? '')
      const keys = { saltSeparator: bytesOf('sep'), signerKey: bytesOf('key') }
      const cost = { log2N: numberOf('ln'), blockSize: numberOf('r') }
      return { algorithm: 'firebase-scrypt', ...cost, ...keys, ...encoded }
    }
  }
  const input = Object.entries(bcryptInputs).find(([name]) => name === id)?.[1]
  if (!input || !/^[./A-Za-z0-9]{53}$/.test(digest)) return undefined
  return { algorithm: 'bcrypt', input, cost: Number(salt), saltAndDigest: digest }
}

/** Reads the parameters `a=1,b=2` of a PHC string. */
function paramsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((one) => {
      const at = one.indexOf('=')
      return [one.slice(0, at), one.slice(at + 1)]
    }),
  )
}

function joined(before: string, { salt, digest }: SaltAndDigest): string {
  return `$${before}$${toBase64(salt)}$${toBase64(digest)}`
}

function toBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64')
}
