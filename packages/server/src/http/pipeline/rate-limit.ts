import { limitRate } from '../../domain/limits/limit-rate.ts'
import { clientNetworkOf } from '../../domain/limits/client-network.ts'
import type { Services } from './services.ts'

/**
 * The rate limit of an endpoint. `attempts-per-address`: it tries passwords, or creates something without a signed-in user.
 * `options-per-address`: as many again, for the options of passkeys, which each view of the sign-in page requests: views must not use up the sign-ins.
 * `changes-per-user`: a signed-in user changes something. `none`, with the reason: counting writes to the database, so what costs less
 * than that is not counted.
 */
export type Limit =
  | 'attempts-per-address'
  | 'options-per-address'
  | 'changes-per-user'
  | { readonly none: string }

/** The caller that a request is counted for. */
export interface LimitedCaller {
  /** Callers whose address is unknown share one bucket, which is larger. */
  readonly address: string | undefined
  /** The id of the signed-in user. */
  readonly subject: string | undefined
}

/** The limit step. */
export interface Limiter {
  /** Counts a request. Fails with `limit_exceeded`. */
  count(limit: Limit, caller: LimitedCaller): Promise<void>
}

/**
 * The limit for all callers of unknown address together is this many times the limit for one address: there may be many of them, and yet hiding
 * must not pay. Callers who hide, behind a proxy that can be made to omit the address, take no capacity from callers whose address is known.
 */
const unknownAddressFactor = 20

/** Makes the limit step. */
export function createLimiter(runtime: Services): Limiter {
  const { attempts, changes } = runtime.policies.limits
  return {
    async count(limit, { address, subject }) {
      if (limit === 'changes-per-user') {
        if (changes !== null && subject !== undefined)
          await limitRate(runtime, changes, limit, subject)
        return
      }
      if (typeof limit === 'object' || attempts === null) return
      if (address !== undefined)
        return limitRate(runtime, attempts, limit, clientNetworkOf(address))
      const shared = { ...attempts, capacity: attempts.capacity * unknownAddressFactor }
      await limitRate(runtime, shared, limit, 'unknown')
    },
  }
}
