import { createHmac } from 'node:crypto'
import { parseHash } from './stored-hash.ts'

/** The parameters of a password hash: the cost of Argon2id, and the pepper. */
export interface HashParams {
  readonly memoryKiB: number
  readonly passes: number
  /** Lanes that are filled in parallel (RFC 9106, section 3.1, `p`). */
  readonly parallelism: number
  /** See {@link pepperIdOf}; null for none. */
  readonly pepperId: string | null
}

/** OWASP's minimum for Argon2id, and the default. */
export const minHashParams = { memoryKiB: 19_456, passes: 2, parallelism: 1 } as const

/** Returns the parameters of a stored hash of this server; `undefined` for one that another system made. */
export function hashParamsOf(text: string): HashParams | undefined {
  const hash = parseHash(text)
  if (hash?.algorithm !== 'argon2' || hash.variant !== 'argon2id' || hash.version !== 19)
    return undefined
  const { memoryKiB, passes, parallelism, pepperId } = hash
  return { memoryKiB, passes, parallelism, pepperId }
}

/** Adds the id of the pepper to the PHC string of a hash, in its parameter `keyid`. */
export function withPepperId(hash: string, pepperId: string | null): string {
  return pepperId === null ? hash : hash.replace(/(,p=\d+)\$/, `$1,keyid=${pepperId}$`)
}

/** Returns whether a password must be hashed again at the next sign-in: its hash is weaker, under another pepper, or of another algorithm. Pure. */
export function needsRehash(hash: string, hashParams: HashParams): boolean {
  const made = hashParamsOf(hash)
  return (
    made === undefined ||
    made.memoryKiB < hashParams.memoryKiB ||
    made.passes < hashParams.passes ||
    made.parallelism !== hashParams.parallelism ||
    made.pepperId !== hashParams.pepperId
  )
}

/** Returns a dummy hash, which no password matches and which costs as much as a real one. */
export function dummyHash({ memoryKiB, passes, parallelism, pepperId }: HashParams): string {
  const cost = `m=${memoryKiB},t=${passes},p=${parallelism}`
  return withPepperId(`$argon2id$v=19$${cost}${dummySaltAndDigest}`, pepperId)
}

const dummySaltAndDigest = `$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Returns whether a stored hash is a {@link dummyHash}: its user has no password. Pure. */
export function isDummyHash(hash: string): boolean {
  return hash.endsWith(dummySaltAndDigest)
}

/** Returns the id of a pepper, stored with each hash: six bytes that tell it from others and reveal nothing of it. */
export function pepperIdOf(pepper: Uint8Array): string {
  return createHmac('sha256', pepper)
    .update('countersign pepper id')
    .digest()
    .toString('base64', 0, 6)
}
