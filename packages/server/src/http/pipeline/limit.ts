import type { Principal } from '@countersign/guard'
import { limitRate } from '../../domain/limits/limit-rate.ts'
import { clientNetworkOf } from '../../domain/limits/client-network.ts'
import type { Services } from './services.ts'

/**
 * What keeps a route from being called without end. `attempts-per-address`: it tries passwords or makes things for nobody in particular.
 * `changes-per-user`: a signed-in user changes something. None, with the reason: counting writes to the database, and what costs
 * less than that is not counted.
 */
export type Limit = 'attempts-per-address' | 'changes-per-user' | { readonly none: string }

/** The limits of a route, in the two places where they are applied. */
export interface Limiter {
  /** First of all, while nobody is known but an address. Callers whose address nobody knows share one bucket, which is larger. */
  beforeAccess(limit: Limit, address: string | undefined): Promise<void>
  afterAccess(limit: Limit, caller: Pick<Principal, 'subject'> | undefined): Promise<void>
}

/**
 * So many times more are let through for all callers of unknown address together than for one address: there may be many of them, and yet it must
 * not pay to hide. Who hides, behind a proxy that can be made to say nothing, takes the room of nobody whose address is known.
 */
const unknownShare = 20

/** Makes the limit step. Fails with `limit_exceeded`. */
export function createLimiter(runtime: Services): Limiter {
  const { attempts, changes } = runtime.policies.limits
  return {
    async beforeAccess(limit, address) {
      if (limit !== 'attempts-per-address' || attempts === null) return
      if (address !== undefined)
        return limitRate(runtime, attempts, limit, clientNetworkOf(address))
      const together = { ...attempts, capacity: attempts.capacity * unknownShare }
      await limitRate(runtime, together, limit, 'unknown')
    },
    async afterAccess(limit, caller) {
      if (limit === 'changes-per-user' && changes !== null && caller !== undefined)
        await limitRate(runtime, changes, limit, caller.subject)
    },
  }
}
