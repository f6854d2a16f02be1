import type { KeyObject } from 'node:crypto'

/** The algorithms that the table has rows for. */
export const benchAlgorithms = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA', 'ML-DSA-44'] as const
export type BenchAlgorithm = (typeof benchAlgorithms)[number]

/** The operations that are measured: verifying tokens never seen before, verifying the same tokens again and again, and signing. */
export const operations = ['cold', 'hot', 'sign'] as const
export type Operation = (typeof operations)[number]

/** The input of every engine: one key, prepared once, and the claims of the tokens. */
export interface Material {
  readonly algorithm: BenchAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly keyId: string
  readonly claims: {
    readonly iss: string
    readonly sub: string
    readonly aud: string
    readonly scope: string
    readonly client_id: string
  }
  /** Seconds. */
  readonly lifetime: number
  /** The maximum number of tokens in the engine's cache, if it has one. */
  readonly cacheSize: number
}

/** A prepared engine. `verify` checks signature, exp, iss and aud, and throws (or rejects) when one does not hold. */
export interface Engine {
  sign(): string | Promise<string>
  /** Converts a token to the input of `verify`, outside of the measured time; the bare primitive takes bytes. */
  prepare?(token: string): unknown
  verify(token: never): unknown
}

/** Makes an engine of the material; the module of an engine exports such a function under the name `create`. */
export type CreateEngine = (material: Material) => Engine | Promise<Engine>
