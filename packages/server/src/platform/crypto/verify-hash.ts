import { verifySync as verifyArgon2 } from '@node-rs/argon2'
import { verifySync as verifyBcrypt } from '@node-rs/bcrypt'
import * as crypto from 'node:crypto'
import {
  createCipheriv,
  createHash,
  createHmac,
  pbkdf2Sync,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto'
import {
  formatHash,
  parseHash,
  type Argon2Hash,
  type BcryptHash,
  type FirebaseHash,
} from '../../domain/passwords/stored-hash.ts'

/**
 * Returns whether a password, as it was typed, fits a stored hash. Hashes of this server are of its NFC form; other systems hash what was typed, or
 * what `form` says. Synchronous: for threads. Throws for a text that is no stored hash.
 */
export function verifyHash(
  text: string,
  password: string,
  pepper: Uint8Array | undefined,
): boolean {
  const hash = parseHash(text)
  if (!hash) throw new Error('the stored password hash has an unknown format')
  switch (hash.algorithm) {
    case 'hmac-sha512': {
      // Flask-Security hashes the NFKD form. Without the key the check takes as long, and fits nothing that matters: the caller refuses.
      const hmac = createHmac('sha512', pepper ?? '').update(password.normalize('NFKD'))
      return verifyHash(formatHash(hash.inner), hmac.digest('base64'), undefined)
    }
    case 'argon2':
      return isArgon2Of(hash, text, password.normalize('NFC'), pepper)
    case 'scrypt': {
      const form = hash.form === 'nfkc' ? password.normalize('NFKC') : password
      return timingSafeEqual(scrypt(form, hash.salt, hash.digest.length, hash), hash.digest)
    }
    case 'firebase-scrypt':
      return isFirebaseHashOf(hash, password)
    case 'pbkdf2': {
      const { salt, rounds, digest, hmac } = hash
      return timingSafeEqual(pbkdf2Sync(password, salt, rounds, digest.length, hmac), digest)
    }
    case 'bcrypt':
      return isBcryptHashOf(hash, password)
  }
}

/**
 * With several lanes @node-rs/argon2 starts threads, whose time is not counted: failed checks of other hashes could not be filled up to it. Node
 * computes the lanes in turn; it has no Argon2 before 24.7, so that a named import would fail there, and never the version before the RFC.
 */
function isArgon2Of(
  hash: Argon2Hash,
  text: string,
  password: string,
  secret: Uint8Array | undefined,
): boolean {
  const { variant, version, memoryKiB: memory, passes, parallelism, salt, digest } = hash
  const extra = secret ? { secret } : {}
  if (parallelism === 1 || version !== 19 || !crypto.argon2Sync)
    return verifyArgon2(text, password, extra)
  const cost = { memory, passes, parallelism, tagLength: digest.length }
  const input = { message: password, nonce: salt, ...cost, ...extra }
  return timingSafeEqual(crypto.argon2Sync(variant as 'argon2id', input), digest) // one of the three that are parsed
}

function scrypt(
  password: string,
  salt: Uint8Array,
  length: number,
  { log2N, blockSize, parallelism = 1 }: Cost,
): Buffer {
  const N = 2 ** log2N
  const maxmem = 256 * N * blockSize + 2 ** 20 // bytes; Node's default refuses what `judgeHash` has accepted
  return scryptSync(password, salt, length, { N, r: blockSize, p: parallelism, maxmem })
}

interface Cost {
  readonly log2N: number
  readonly blockSize: number
  readonly parallelism?: number
}

function isFirebaseHashOf(hash: FirebaseHash, password: string): boolean {
  const { salt, saltSeparator, signerKey, digest } = hash
  const key = scrypt(password, Buffer.concat([salt, saltSeparator]), 64, hash).subarray(0, 32)
  const encrypted = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(signerKey)
  return encrypted.length === digest.length && timingSafeEqual(encrypted, digest)
}

/** bcrypt reads 72 bytes at most, of a longer password the first ones; from the renewal on, all of it counts. */
function isBcryptHashOf(hash: BcryptHash, password: string): boolean {
  const text = formatHash({ ...hash, input: 'password' })
  const sha256 = () => createHash('sha256').update(password)
  switch (hash.input) {
    case 'password':
      return verifyBcrypt(password, text)
    case 'sha256-hex':
      return verifyBcrypt(sha256().digest('hex'), text)
    case 'sha256-base64':
      return verifyBcrypt(sha256().digest('base64'), text)
    case 'hmac-sha256': {
      const hmac = createHmac('sha256', hash.saltAndDigest.slice(0, 22)).update(password)
      return verifyBcrypt(hmac.digest('base64'), text)
    }
  }
}
