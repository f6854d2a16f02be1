import type { Seconds } from '@countersign/token/internal'
import type { Counter, Gauge, Histogram, LabelsOf } from './metrics.ts'
import type { IsListed } from '../passwords/common-password.ts'
import type { HashParams } from '../passwords/password-hash.ts'
import type { Secret } from './secret.ts'

// What the domain asks of the world outside, beside the store and the clock. `ports/` supplies it.

/**
 * A source of unguessable bytes. A port.
 *
 * @example
 * import type { Random } from '@countersign/server'
 * import { randomBytes } from 'node:crypto'
 *
 * export const random: Random = { bytes: (count) => randomBytes(count) }
 */
export interface Random {
  bytes(count: number): Buffer
}

/** Opens the list of common passwords, once it is needed. A port. */
export type CommonPasswords = () => Promise<IsListed>

/**
 * Hashes passwords where they hold nobody up. A port.
 *
 * @example
 * import type { PasswordHasher } from '@countersign/server'
 *
 * export const isOverloaded = (hasher: PasswordHasher): boolean => hasher.waiting > 100
 */
export interface PasswordHasher {
  /** How new hashes are made. */
  readonly hashParams: HashParams
  /** A new salted hash, as a PHC string. Fails with `busy` when too many wait. */
  hash(password: Secret): Promise<string>
  /** Whether a password fits a PHC string. Fails with `busy` when too many wait, and with `pepper_missing`. */
  verify(hash: string, password: Secret): Promise<boolean>
  /** How many wait for their turn now. */
  readonly waiting: number
  close(): Promise<void>
}

/** Compresses bytes as ZLIB (RFC 1950), where it holds nobody up. A port. */
export type Compress = (bytes: Uint8Array) => Promise<Buffer>

/**
 * Where events are written for the operator. A port.
 *
 * @example
 * import type { Log } from '@countersign/server'
 *
 * export const log: Log = {
 *   info: () => undefined,
 *   warn: (facts, message) => console.warn(message, facts),
 *   error: (facts, message) => console.error(message, facts),
 * }
 */
export interface Log {
  info(facts: Readonly<Record<string, unknown>>, message: string): void
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
  error(facts: Readonly<Record<string, unknown>>, message: string): void
}

/** Where what happens is counted for the operator; `metrics.ts` lists what. Costs next to nothing where nobody looks. A port. */
export interface Metrics {
  count<Name extends Counter>(name: Name, labels: LabelsOf<Name>): void
  /** How long something took. */
  observe<Name extends Histogram>(name: Name, labels: LabelsOf<Name>, took: Seconds): void
  /** Says how a gauge is read, each time that somebody looks: its values, each with its labels. */
  watch<Name extends Gauge>(name: Name, read: () => Readings<Name> | Promise<Readings<Name>>): void
}

/** What a gauge says. */
export type Readings<Name extends Gauge> = readonly (readonly [
  labels: LabelsOf<Name>,
  value: number,
])[]

/** The last hour of every counter, in steps of time. */
export interface RecentActivity {
  /** How long a step is. */
  readonly step: Seconds
  /** When the newest step ends. */
  readonly until: Seconds
  /** By counter and the values of its labels, such as `logins_total signed_in`: a number for each step, the oldest first. */
  readonly counts: Readonly<Record<string, readonly number[]>>
  /** How long a revocation took on average until it was told; nothing when there was none. */
  readonly revocationDelay: Seconds | undefined
}

/** What this very process did lately, remembered for whoever looks. A port. */
export interface Activity {
  recent(): RecentActivity
}

/** Begins to measure; what it answers says how many seconds have gone by, with fractions. A port. */
export type Stopwatch = () => () => Seconds

/** What a trace says of a request once it is answered. Nothing that a caller sent. */
export interface RequestFacts {
  readonly name: string
  readonly facts: Readonly<Record<string, string | number>>
  readonly failed: boolean
}

/** Marks work for whoever follows a request from system to system. A port. */
export interface Tracer {
  /** Follows a request; `caller` are the headers by which somebody whom we believe says what it is part of. */
  request(
    caller: Readonly<Record<string, string>>,
    work: () => Promise<void>,
    tell: () => RequestFacts,
  ): Promise<void>
  /** Marks a part of what is under way. */
  span<T>(name: string, work: () => Promise<T>): Promise<T>
  /** The same for a part that has just ended. */
  note(name: string, took: Seconds): void
  /** Waits, within a bound, until what was marked has been sent: a process that ends would take it along. */
  flush(): Promise<void>
}
