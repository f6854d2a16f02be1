import { formatHash, parseHash, type PlainHash, type StoredHash } from './stored-hash.ts'

/** The kinds of imported password hashes, each as {@link kindOf} returns it: a check of an unknown user has to cost as much as the costliest of them. */
export interface HashKinds {
  list(): Promise<readonly string[]>
  /** Adds a kind unless it is there. Hold the lock `hash_kinds`, and add users of it in the same transaction. */
  add(kind: string): Promise<void>
  /** Returns whether a user has a hash that contains a text. Reads all users if none has. */
  isInUse(part: string): Promise<boolean>
  /** Deletes a kind. Hold the lock `hash_kinds`, and see in the same transaction that it is not in use. */
  remove(kind: string): Promise<void>
}

/** The table of kinds, as part of a store or a transaction. */
export interface HashKindTables {
  readonly hashKinds: HashKinds
}

/**
 * Returns a dummy hash with the algorithm and the parameters of a stored hash, which no password matches and which costs as much to check; `undefined` for a
 * text that is no hash. Salts, keys and peppers make no difference.
 */
export function dummyOf(text: string): string | undefined {
  const hash = plainHashOf(text)
  return hash && formatHash(withoutContent(hash))
}

/**
 * Returns the kind of a stored hash: as {@link dummyOf}, with the rounds of PBKDF2 rounded up, by a quarter at most. Each kind has to be measured, and passlib can
 * draw the rounds of each hash at random.
 */
export function kindOf(text: string): string | undefined {
  const hash = plainHashOf(text)
  if (hash?.algorithm !== 'pbkdf2') return dummyOf(text)
  return formatHash(withoutContent({ ...hash, rounds: roundedUp(hash.rounds) }))
}

/** Parses a hash; of one with a key the hash within: an HMAC takes a thousandth of its time. */
function plainHashOf(text: string): PlainHash | undefined {
  const hash = parseHash(text)
  return hash?.algorithm === 'hmac-sha512' ? hash.inner : hash
}

/** Rounds up to a number of three binary digits and zeros. */
function roundedUp(rounds: number): number {
  const step = 2 ** Math.max(Math.floor(Math.log2(rounds)) - 2, 0)
  return Math.ceil(rounds / step) * step
}

/** The part of a kind before its salt; of Firebase before the keys of the project, and of PBKDF2 before the rounds, which are rounded. */
const commonPart =
  /^\$firebase-scrypt\$[^$]*,(?=sep=)|^\$pbkdf2-\w+\$i=|^\$(?:2b|bcrypt-[\w-]+)\$\d+\$|^.*\$(?=[^$]*\$[^$]*$)/

/** Returns the text that every hash of a kind contains: at its beginning, or after the key of a keyed hash. */
export function commonPartOf(kind: string): string {
  return commonPart.exec(kind)?.[0] ?? kind
}

const dummySalt = Buffer.alloc(16)

function withoutContent(hash: PlainHash): StoredHash {
  if (hash.algorithm === 'bcrypt') return { ...hash, saltAndDigest: '.'.repeat(53) }
  const dummy = { ...hash, salt: dummySalt, digest: Buffer.alloc(hash.digest.length) }
  switch (dummy.algorithm) {
    case 'argon2':
      return { ...dummy, pepperId: null }
    case 'firebase-scrypt':
      return { ...dummy, saltSeparator: Buffer.alloc(1), signerKey: Buffer.alloc(64) }
    case 'scrypt':
    case 'pbkdf2':
      return dummy
  }
}
