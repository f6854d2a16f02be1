import { systemClock } from './clock.ts'
import { isCountersignError } from './error.ts'
import { fail } from './failures.ts'
import { createFetchJson } from './fetch-json.ts'
import type { JsonObject } from './json.ts'
import type { Header } from './jws.ts'
import { nearMiss } from './near-miss.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { assertOptions } from './options.ts'
import { unknownMember } from './policy.ts'
import {
  problemOf,
  remoteKeySet,
  remoteKeySetNames,
  type RemoteKeySet,
  type RemoteKeySetHealth,
  unavailableAt,
  type RemoteKeySetOptions,
} from './remote-key-set.ts'

interface Found {
  readonly address: string
  readonly keys: RemoteKeySet
}

const pause = 5 // seconds between two looks at an issuer's metadata, whatever is asked for

/**
 * Keys to verify with, from an issuer's URL: its metadata (RFC 8414, or OpenID Connect Discovery where that is missing) say where its key
 * set is. They are read before the first use of a key, and again when the key set does not answer, for it may have moved. Everything
 * else is as with `remoteKeySet`. Fails with `policy_invalid` for an issuer that is no https URL (http on loopback), or has a query.
 *
 * The metadata must name this very issuer (RFC 8414, section 3.3), or any site could speak for any other.
 */
export function issuerKeySet(issuer: string, options: RemoteKeySetOptions = {}): RemoteKeySet {
  assertOptions(options, remoteKeySetNames, unknownMember)
  const { clock = systemClock } = options
  const sources = addressesOf(issuer).map((address) => metadataAt(address, issuer, options))
  const tally = { requests: 0, failed: 0, problem: undefined as string | undefined }
  let found: Found | undefined

  const discover = oneAtATime(
    () => pause,
    clock,
    async () => {
      tally.requests++
      try {
        found = await follow(found, await firstOf(sources), options)
        tally.problem = undefined
      } catch (error) {
        tally.failed++
        tally.problem = problemOf(error)
        options.onLookup?.(health())
      }
    },
  )
  const health = (): RemoteKeySetHealth =>
    found?.keys.health() ?? { usable: false, age: undefined, keys: 0, ...tally }
  const unavailable = () => unavailableAt(issuer, tally.problem)

  return Object.freeze({
    find(header: Header) {
      if (found) return found.keys.find(header)
      void discover()
      throw unavailable()
    },
    async refresh() {
      if (!found || found.keys.health().problem !== undefined) await discover()
      if (!found) throw unavailable()
      await found.keys.refresh()
    },
    withdrawnAt: (kid: string) => found?.keys.withdrawnAt(kid),
    health,
  })
}

/** The key set at an address. One that moved takes over once its keys are there. */
async function follow(
  before: Found | undefined,
  address: string,
  options: RemoteKeySetOptions,
): Promise<Found> {
  if (before?.address === address) return before
  const keys = remoteKeySet(address, options)
  if (before) await keys.refresh()
  return { address, keys }
}

/** RFC 8414, section 3.1: the well-known part comes before the path; OpenID puts it behind. */
function addressesOf(issuer: string): readonly string[] {
  if (!URL.canParse(issuer) || /[?#]/.test(issuer) || new URL(issuer).username !== '')
    throw fail('policy_invalid', { detail: 'the issuer must be a URL without query and fragment' })
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

/** Reads the metadata at one address: where the key set is. */
function metadataAt(address: string, issuer: string, options: RemoteKeySetOptions) {
  const refused = (detail: string) => fail('metadata_invalid', { detail })
  const { fetch, timeout } = options
  const ask = createFetchJson(address, { what: 'the issuer', refused, fetch, timeout })
  return async (): Promise<string> => {
    const { json } = await ask()
    const metadata: JsonObject = json === 'unchanged' ? {} : json
    if (metadata['issuer'] !== issuer) {
      const near = nearMiss(metadata['issuer'], [issuer])
      throw refused(near ? `they name another issuer: ${near}` : 'they name another issuer')
    }
    const at = metadata['jwks_uri']
    if (typeof at !== 'string') throw refused('they name no key set')
    // or an issuer far away could make us ask this machine for something
    if (at.startsWith('http:') && !issuer.startsWith('http:'))
      throw refused('the key set must be at an https address')
    return at
  }
}

/** What the first source says that has an answer; the failure of the first that says more than that nothing is there. */
async function firstOf(sources: readonly (() => Promise<string>)[]): Promise<string> {
  const failed: unknown[] = []
  for (const source of sources) {
    try {
      return await source()
    } catch (error) {
      failed.push(error)
    }
  }
  throw (
    failed.find((error) => !isCountersignError(error) || !/status 404/.test(error.message)) ??
    failed[0]
  )
}
