import { hashSync } from '@node-rs/argon2'
import { setPriority } from 'node:os'
import { workerData } from 'piscina'
import { withPepperId, type HashParams } from '../../domain/passwords/password-hash.ts'
import { verifyHash } from './verify-hash.ts'

/** The data of a hashing thread: the parameters of new hashes, and all peppers by id. */
export interface WorkerData {
  readonly hashParams: HashParams
  readonly peppers: Readonly<Record<string, Uint8Array>>
}

/** A password to hash, or with `hash` to verify. */
export interface HashRequest {
  readonly password: string
  readonly hash?: string
  /** The pepper of `hash`. */
  readonly pepperId?: string | null
  /** The microseconds of CPU time that verifying takes at least, if the password does not match. */
  readonly fillTo?: number | undefined
}

/** The outcome of a request. */
export interface HashOutcome {
  /** A new hash as a PHC string, or whether the password matches. */
  readonly result: string | boolean
  /** The microseconds of CPU time that it took, without what was filled up. */
  readonly cost: number
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
function withSecret(pepperId: string | null): { readonly secret?: Uint8Array } {
  const secret = pepperId === null ? undefined : peppers[pepperId]
  return secret ? { secret } : {}
}

const filler = { algorithm: argon2id, memoryCost: 512, timeCost: 1, parallelism: 1 } // a fifth of a millisecond
const granularity = 100 // microseconds; half of it, so that filled checks are neither longer nor shorter on average

/**
 * Runs in a thread of the pool. A check that fails is filled up by CPU time: the time of a hash is not exactly proportional to its
 * parameters, and a wait would not grow with the load of the machine as work does.
 */
export default function hash({
  password,
  hash: existing,
  pepperId,
  fillTo,
}: HashRequest): HashOutcome {
  const from = process.threadCpuUsage()
  const result =
    existing === undefined
      ? withPepperId(
          hashSync(password, { ...cost, ...withSecret(hashParams.pepperId) }),
          hashParams.pepperId,
        )
      : verifyHash(existing, password, withSecret(pepperId ?? null).secret)
  const took = cpuTimeSince(from)
  if (result === false && fillTo !== undefined)
    while (cpuTimeSince(from) < fillTo - granularity) hashSync(password, filler)
  return { result, cost: took }
}

function cpuTimeSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(from)
  return user + system
}
