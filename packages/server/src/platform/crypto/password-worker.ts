import { hashSync, verifySync } from '@node-rs/argon2'
import { setPriority } from 'node:os'
import { workerData } from 'piscina'
import { withPepperId, type HashParams } from '../../domain/passwords/password-hash.ts'

/** What a thread knows from its start: how new hashes are made, and all peppers by their ids. */
export interface WorkerData {
  readonly hashParams: HashParams
  readonly peppers: Readonly<Record<string, Uint8Array>>
}

/** A password to hash, or to hold against a hash that was made under a pepper or none. */
export interface HashRequest {
  readonly password: string
  readonly hash?: string
  readonly pepperId?: string | null
}

// The thread that hashes. On Linux a thread has a priority of its own: requests go before sign-ins. Where a filter of system calls forbids
// it (`SystemCallFilter=~@resources`), sign-ins are as urgent as the rest; that is no reason to have none.
if (process.platform === 'linux') {
  try {
    setPriority(0, 10)
  } catch {}
}

const { hashParams, peppers } = workerData as WorkerData
const argon2id = 2 // @node-rs/argon2 declares its algorithms as a const enum, which stripped types cannot read
const cost = {
  algorithm: argon2id,
  memoryCost: hashParams.memoryKiB,
  timeCost: hashParams.passes,
  parallelism: hashParams.parallelism,
}

/** The pepper is Argon2's own secret value (RFC 9106, section 3.1, `K`): without it no guess can be checked. */
function under(pepperId: string | null) {
  const secret = pepperId === null ? undefined : peppers[pepperId]
  return secret ? { secret } : {}
}

/** Runs in the pool's threads: a PHC string, or whether the password fits the one given. */
export default function hash({ password, hash: known, pepperId = null }: HashRequest) {
  if (known !== undefined) return verifySync(known, password, under(pepperId))
  const made = hashSync(password, { ...cost, ...under(hashParams.pepperId) })
  return withPepperId(made, hashParams.pepperId)
}
