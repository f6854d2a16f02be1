import type { Signer } from '@countersign/token'
import type { PublicAlgorithm, Seconds, StatusListSigner } from '@countersign/token/internal'
import type { Counter, Gauge, Histogram, LabelsOf } from './metrics.ts'

// The kernel: what every topic builds on, and nothing of any one topic. Secrets and their encryption, the root secret, transactions, and these
// ports to the world outside, which `platform/` supplies. The order of the topics above it is in `layers.json`.

/**
 * A source of cryptographically secure random bytes. A port.
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

/** Compresses bytes as ZLIB (RFC 1950), off the main thread. A port. */
export type Compress = (bytes: Uint8Array) => Promise<Buffer>

/**
 * Gets a small public document by https, for a URL that a stranger has named: it must reach public addresses only, and follow no redirect. Returns the
 * text and the age to which its server lets it be cached, or the problem. A port.
 */
export type FetchDocument = (
  url: string,
) => Promise<
  { readonly text: string; readonly maxAge: Seconds | undefined } | { readonly problem: string }
>

/** Signs for this server as an issuer. `keys` implements it; topics below sign through it. A port. */
export interface TokenIssuer {
  /** The issuer's URL: `iss` of every token. */
  readonly url: string
  /** Signs access tokens, with the key of the default algorithm that is active by the clock. */
  readonly signer: Signer
  /** Returns a signer of access tokens with an algorithm: the default one for null, and while that algorithm has no active key. */
  signerFor(algorithm: PublicAlgorithm | null): Signer
  /** Returns a signer of ID tokens (OpenID Connect Core, section 2), as `signerFor`. */
  idTokenSignerFor(algorithm: PublicAlgorithm | null): Signer
  /** Returns a signer of logout tokens (OpenID Connect Back-Channel Logout, section 2.4), as `signerFor`. */
  logoutTokenSignerFor(algorithm: PublicAlgorithm | null): Signer
  /** Signs status lists and the events of feeds, with the same key as `signer`. */
  readonly statusSigner: StatusListSigner
  /** Names the keys that are published now: another name, other keys. */
  keySetName(): string
}

/**
 * The operator's log. A port.
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

/** Counters, histograms and gauges for the operator; `metrics.ts` lists them. Costs next to nothing while metrics are off. A port. */
export interface Metrics {
  count<Name extends Counter>(name: Name, labels: LabelsOf<Name>): void
  /** Records how long something took. */
  observe<Name extends Histogram>(name: Name, labels: LabelsOf<Name>, took: Seconds): void
  /** Registers how a gauge is read at each scrape: its values, each with its labels. */
  watch<Name extends Gauge>(name: Name, read: () => Readings<Name> | Promise<Readings<Name>>): void
}

/** The values of a gauge. */
export type Readings<Name extends Gauge> = readonly (readonly [
  labels: LabelsOf<Name>,
  value: number,
])[]

/** The last hour of every counter, in steps of time. */
export interface RecentActivity {
  /** The length of a step. */
  readonly step: Seconds
  /** The end of the newest step. */
  readonly until: Seconds
  /** By counter and the values of its labels, such as `logins_total signed_in`: a number for each step, the oldest first. */
  readonly counts: Readonly<Record<string, readonly number[]>>
  /** The average time that a revocation took to reach the guards that follow; undefined if there was none. */
  readonly revocationDelay: Seconds | undefined
}

/** The recent activity of this process, kept in memory. A port. */
export interface Activity {
  recent(): RecentActivity
}

/** Starts a measurement and returns a function that returns the seconds since, with fractions. A port. */
export type Stopwatch = () => () => Seconds

/** The attributes of a finished request in a trace. Nothing that a caller sent. */
export interface RequestFacts {
  readonly name: string
  readonly facts: Readonly<Record<string, string | number>>
  readonly failed: boolean
}

/** Distributed tracing. A port. */
export interface Tracer {
  /** Traces a request; `caller` are the headers with which a trusted caller names its own trace. */
  request(
    caller: Readonly<Record<string, string>>,
    work: () => Promise<void>,
    tell: () => RequestFacts,
  ): Promise<void>
  /** Runs work as a span of the current trace. */
  span<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Adds a span that has just ended. */
  note(name: string, took: Seconds): void
  /** Waits, within a bound, until finished spans have been sent: an exiting process would lose them. */
  flush(): Promise<void>
}
