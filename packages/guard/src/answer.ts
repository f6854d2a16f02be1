import type { Principal } from './principal.ts'
import type { Refused } from './refusal.ts'

/** The guard lets the request through. */
export interface Allowed<P extends Principal<unknown> | undefined = Principal> {
  readonly allowed: true
  /** Who is calling; `undefined` for a request without a token, where those are let through. */
  readonly principal: P
}

/** A guard's word on a request. */
export type Answer<P extends Principal<unknown> | undefined> = Allowed<P> | Refused
