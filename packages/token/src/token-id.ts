import { randomFillSync } from 'node:crypto'

const idBytes = 16 // 128 bits, as many as a random UUID is long and six more than are random in it
const idsAtOnce = 256 // asking the platform for random bytes costs ten times what reading some does

const pool = Buffer.alloc(idBytes * idsAtOnce)
let used = pool.length

/** A new `jti` (RFC 7519, section 4.1.7): 22 characters, unguessable. Not for secrets: what is left in the pool lies in memory. */
export function newTokenId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const from = used
  used += idBytes
  return pool.toString('base64url', from, used)
}
