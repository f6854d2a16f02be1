import { createHmac } from 'node:crypto'

/** How a password is hashed: what Argon2id costs, and under which pepper. */
export interface HashParams {
  readonly memoryKiB: number
  readonly passes: number
  /** Lanes that are filled side by side (RFC 9106, section 3.1, `p`). */
  readonly parallelism: number
  /** See {@link pepperIdOf}; null for none. */
  readonly pepperId: string | null
}

/** What OWASP asks of Argon2id at least, and the default. */
export const minHashParams = { memoryKiB: 19_456, passes: 2, parallelism: 1 } as const

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)(?:,keyid=([\w+/-]+))?\$/

/** The hashParams that a stored hash, a PHC string, was made by; undefined for a hash of another kind. */
export function hashParamsOf(hash: string): HashParams | undefined {
  const [, memoryKiB, passes, parallelism, pepperId = null] = phc.exec(hash) ?? []
  if (memoryKiB === undefined) return undefined
  return {
    memoryKiB: Number(memoryKiB),
    passes: Number(passes),
    parallelism: Number(parallelism),
    pepperId,
  }
}

/** A hash as it is stored: the PHC string of Argon2id, with the pepper's id in `keyid`, where the format has a place for it. */
export function withPepperId(hash: string, pepperId: string | null): string {
  return pepperId === null ? hash : hash.replace(/(,p=\d+)\$/, `$1,keyid=${pepperId}$`)
}

/** Whether a hash is to be made anew at the next sign-in: weaker than the hashParams, under another pepper, or of another kind. Pure. */
export function dueForRenewal(hash: string, hashParams: HashParams): boolean {
  const made = hashParamsOf(hash)
  return (
    made === undefined ||
    made.memoryKiB < hashParams.memoryKiB ||
    made.passes < hashParams.passes ||
    made.parallelism !== hashParams.parallelism ||
    made.pepperId !== hashParams.pepperId
  )
}

/** A hash that no password fits, of the cost of a real one: what an unknown user is checked against. */
export function dummyHash({ memoryKiB, passes, parallelism, pepperId }: HashParams): string {
  const cost = `m=${memoryKiB},t=${passes},p=${parallelism}`
  return withPepperId(`$argon2id$v=19$${cost}$${'A'.repeat(22)}$${'A'.repeat(43)}`, pepperId)
}

/** The name of a pepper, stored beside what was hashed under it: six bytes that tell it from others and say nothing of it. */
export function pepperIdOf(pepper: Uint8Array): string {
  return createHmac('sha256', pepper)
    .update('countersign pepper id')
    .digest()
    .toString('base64', 0, 6)
}
