import { systemClock } from '../lib/clock.ts'
import type { CountersignError } from '../lib/error.ts'
import { unknownMember } from '../failures.ts'
import { problemOf } from '../lib/fetch-document.ts'
import type { Algorithm } from '../jws/algorithms.ts'
import type { Header } from '../jws/compact.ts'
import { singleFlightWithCooldown } from '../lib/single-flight.ts'
import { assertOptions } from '../lib/options.ts'
import { createFetchMetadata, isMismatch } from './issuer-metadata.ts'
import {
  remoteKeySet,
  remoteKeySetNames,
  type RemoteKeySet,
  type RemoteKeySetHealth,
  keySetUnavailable,
  type RemoteKeySetOptions,
} from './remote-key-set.ts'

interface DiscoveredKeySet {
  readonly address: string
  readonly keys: RemoteKeySet
}

const metadataCooldownSeconds = 5 // between two requests for an issuer's metadata

/**
 * Makes a key set from an issuer's URL. The issuer's metadata (RFC 8414, or else OpenID Connect Discovery) give the URL of its key
 * set. They are fetched before the first use of a key, and again when the key set does not answer, because it may have moved. Everything
 * else is as with `remoteKeySet`. Fails with `policy_invalid` for an issuer that is not an https URL (or http on loopback or at `allowInsecureHttp`), or has a query.
 *
 * The metadata must name exactly this issuer (RFC 8414, section 3.3), or any site could pose as any other. If they name another one,
 * `find` and `refresh` fail with `issuer_mismatch`, whose message says what was expected and what was found.
 *
 * @example
 * import { createVerifier, issuerKeySet } from '@countersign/token'
 *
 * const issuer = 'https://issuer.example'
 * const keys = issuerKeySet(issuer) // await keys.refresh() once at start
 * const verifier = createVerifier({ issuer, audience: 'api', algorithms: ['ES256'], keys })
 */
export function issuerKeySet(issuer: string, options: RemoteKeySetOptions = {}): RemoteKeySet {
  assertOptions(options, remoteKeySetNames, unknownMember)
  const { clock = systemClock } = options
  const requestMetadata = createFetchMetadata(issuer, options)
  const stats = { requests: 0, failed: 0, problem: undefined as string | undefined }
  let found: DiscoveredKeySet | undefined
  let mismatch: CountersignError | undefined

  async function fetchMetadata(): Promise<void> {
    stats.requests++
    try {
      const address = (await requestMetadata()).urlIn('jwks_uri')
      found = await useKeySetAt(found, address, options)
      stats.problem = undefined
      mismatch = undefined
    } catch (error) {
      stats.failed++
      stats.problem = problemOf(error)
      mismatch = isMismatch(error) ? error : undefined
      options.onLookup?.(health())
    }
  }
  const discover = singleFlightWithCooldown(fetchMetadata, {
    clock,
    cooldown: () => metadataCooldownSeconds,
  })
  const health = (): RemoteKeySetHealth =>
    found?.keys.health() ?? { usable: false, age: undefined, keys: 0, ...stats }
  const unavailable = () => mismatch ?? keySetUnavailable(issuer, stats.problem)

  return Object.freeze({
    find(header: Header, allowed?: ReadonlySet<Algorithm>) {
      if (found) return found.keys.find(header, allowed)
      void discover()
      throw unavailable()
    },
    async refresh(given?: { readonly changed?: boolean }) {
      if (!found || found.keys.health().problem !== undefined) await discover()
      if (!found) throw unavailable()
      await found.keys.refresh(given)
    },
    removedAt: (kid: string) => found?.keys.removedAt(kid),
    health,
  })
}

/** Returns the key set at a URL. If it has moved, the new one is used once its keys were fetched. */
async function useKeySetAt(
  before: DiscoveredKeySet | undefined,
  address: string,
  options: RemoteKeySetOptions,
): Promise<DiscoveredKeySet> {
  if (before?.address === address) return before
  const keys = remoteKeySet(address, options)
  if (before) await keys.refresh()
  return { address, keys }
}
