import type { Argon2Hash, StoredHash } from './stored-hash.ts'

/** The most that checking a hash may take. Beyond it, one imported hash could make each failed sign-in take minutes, or all memory. */
const maxima = {
  memoryKiB: 262_144, // each thread needs it at the same time; twice what OWASP advises for scrypt
  scryptWork: 2 ** 22, // N·r·p, four times what OWASP advises; about a second
  argon2Work: 2 ** 21, // KiB over all passes; about a second
  pbkdf2Work: 5_000_000, // rounds of all blocks, four times those of Django; about a second
  bcryptCost: 14, // three quarters of a second
  parallelism: 16,
} as const

const minSaltBytes = 8 // of Argon2 (RFC 9106, section 3.1); for the others any salt will do
const minDigestBytes = 16 // a shorter one fits another password by chance
const maxBytes = { salt: 48, digest: 64 } as const // of the parser of @node-rs/argon2

const hmacBytes: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 }

/** The verdict on the parameters of a hash: `malformed` ones cannot be computed, and `excessive` ones must not. */
export type HashVerdict = 'good' | 'malformed' | 'excessive'

/** Judges whether the parameters of a hash can be computed, at a bearable cost. Pure. */
export function judgeHash(hash: StoredHash): HashVerdict {
  if (hash.algorithm === 'hmac-sha512') return judgeHash(hash.inner)
  if (hash.algorithm === 'bcrypt') {
    if (!isCount(hash.cost, 4) || hash.cost > 31) return 'malformed'
    if (hash.cost > maxima.bcryptCost) return 'excessive'
    return /^.{21}[.Oeu]/.test(hash.saltAndDigest) ? 'good' : 'malformed' // 22 characters have four bits more than a salt
  }
  if (hash.salt.length === 0 || hash.salt.length > 255) return 'malformed'
  if (hash.digest.length < minDigestBytes || hash.digest.length > 255) return 'malformed'
  switch (hash.algorithm) {
    case 'argon2':
      return judgeArgon2(hash)
    case 'scrypt':
    case 'firebase-scrypt': {
      const { log2N, blockSize } = hash
      const lanes = 'parallelism' in hash ? hash.parallelism : 1
      if (![log2N, blockSize, lanes].every((one) => isCount(one, 1))) return 'malformed'
      const blocks = 2 ** log2N * blockSize // of 128 bytes
      const isTooLarge = blocks / 8 > maxima.memoryKiB
      return isTooLarge || blocks * lanes > maxima.scryptWork ? 'excessive' : 'good'
    }
    case 'pbkdf2': {
      if (!isCount(hash.rounds, 1)) return 'malformed'
      const blocks = Math.ceil(hash.digest.length / (hmacBytes[hash.hmac] ?? 1))
      return hash.rounds * blocks > maxima.pbkdf2Work ? 'excessive' : 'good'
    }
  }
}

function judgeArgon2(hash: Argon2Hash): HashVerdict {
  const { version, memoryKiB, passes, parallelism, salt, digest } = hash
  if (version !== 16 && version !== 19) return 'malformed'
  if (salt.length < minSaltBytes || salt.length > maxBytes.salt) return 'malformed'
  if (digest.length > maxBytes.digest) return 'malformed'
  if (![passes, parallelism].every((one) => isCount(one, 1))) return 'malformed'
  if (!isCount(memoryKiB, 8 * parallelism)) return 'malformed' // RFC 9106, section 3.1
  const isTooWide = memoryKiB > maxima.memoryKiB || parallelism > maxima.parallelism
  return isTooWide || memoryKiB * passes > maxima.argon2Work ? 'excessive' : 'good'
}

function isCount(value: number, min: number): boolean {
  return Number.isSafeInteger(value) && value >= min
}
