import { hashSync, verifySync } from '@node-rs/argon2'
import { setPriority } from 'node:os'
import { workerData } from 'piscina'
import { withPepperId, type HashParams } from '../../domain/passwords/password-hash.ts'

/** The data of a hashing thread: the parameters of new hashes, and all peppers by id. */
export interface WorkerData {
  readonly hashParams: HashParams
  readonly peppers: Readonly<Record<string, Uint8Array>>
}

/** A password to hash, or with `hash` to verify; `pepperId` is the pepper of that hash. */
export interface HashRequest {
  readonly password: string
  readonly hash?: string
  readonly pepperId?: string | null
}

// A hashing thread. On Linux each thread has its own priority: requests go before password hashes. If a system call filter forbids it
// (`SystemCallFilter=~@resources`), hashing runs at normal priority.
if (process.platform === 'linux') {
  try {
    setPriority(0, 10)
  } catch {}
}

const { hashParams, peppers } = workerData as WorkerData
const argon2id = 2 // @node-rs/argon2 declares its algorithms as a const enum, which type stripping cannot resolve
const cost = {
  algorithm: argon2id,
  memoryCost: hashParams.memoryKiB,
  timeCost: hashParams.passes,
  parallelism: hashParams.parallelism,
}

/** The pepper is Argon2's secret value `K` (RFC 9106, section 3.1): without it a password cannot be tested against a hash. */
function withSecret(pepperId: string | null) {
  const secret = pepperId === null ? undefined : peppers[pepperId]
  return secret ? { secret } : {}
}

/** Runs in a thread of the pool: returns a new hash as a PHC string, or whether the password matches the given hash. */
export default function hash({ password, hash: existing, pepperId = null }: HashRequest) {
  if (existing !== undefined) return verifySync(existing, password, withSecret(pepperId))
  const made = hashSync(password, { ...cost, ...withSecret(hashParams.pepperId) })
  return withPepperId(made, hashParams.pepperId)
}
