import { hashSync, verifySync } from '@node-rs/argon2'
import { setPriority } from 'node:os'
import { workerData } from 'piscina'

/** The cost of a hash (Argon2id, OWASP's minimum: 19,456 KiB, two passes, one lane). */
export interface HashCost {
  readonly memoryKiB: number
  readonly passes: number
}

/** A password to hash, or to hold against a hash. */
export interface HashRequest {
  readonly password: string
  readonly hash?: string
}

// The thread that hashes. On Linux a thread has a priority of its own: requests go before sign-ins.
if (process.platform === 'linux') setPriority(0, 10)

const { memoryKiB, passes } = workerData as HashCost
const argon2id = 2 // @node-rs/argon2 declares its algorithms as a const enum, which stripped types cannot read
const options = { algorithm: argon2id, memoryCost: memoryKiB, timeCost: passes, parallelism: 1 }

/** Runs in the pool's threads: a PHC string, or whether the password fits the one given. */
export default function hash({ password, hash: known }: HashRequest): string | boolean {
  return known === undefined ? hashSync(password, options) : verifySync(known, password)
}
