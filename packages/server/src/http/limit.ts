import type { Principal } from '@countersign/guard'
import { limitRate } from '../domain/limits/limit-rate.ts'
import { placeOf } from '../domain/limits/place.ts'
import type { Runtime } from '../domain/runtime.ts'

/**
 * What keeps a route from being called without end. `attempts-per-address`: it tries passwords or makes things for nobody in particular.
 * `changes-per-user`: a signed-in user changes something. None, with the reason: counting writes to the database, and what costs
 * less than that is not counted.
 */
export type Limit = 'attempts-per-address' | 'changes-per-user' | { readonly none: string }

/** The limits of a route, in the two places where they are applied. */
export interface Limiter {
  /** First of all, while nobody is known but an address. An address that is not known is not limited: all would share one bucket. */
  beforeAccess(limit: Limit, address: string | undefined): Promise<void>
  afterAccess(limit: Limit, caller: Pick<Principal, 'subject'> | undefined): Promise<void>
}

/** Makes the limit step. Fails with `limit_exceeded`. */
export function createLimiter(runtime: Runtime): Limiter {
  const { attempts, changes } = runtime.policies.limits
  return {
    async beforeAccess(limit, address) {
      if (limit === 'attempts-per-address' && attempts !== null && address !== undefined)
        await limitRate(runtime, attempts, limit, placeOf(address))
    },
    async afterAccess(limit, caller) {
      if (limit === 'changes-per-user' && changes !== null && caller !== undefined)
        await limitRate(runtime, changes, limit, caller.subject)
    },
  }
}
