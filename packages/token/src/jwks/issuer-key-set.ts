import { systemClock } from '../lib/clock.ts'
import { isCountersignError, type CountersignError } from '../lib/error.ts'
import { fail, unknownMember } from '../failures.ts'
import { createFetchJson, problemOf } from '../lib/fetch-document.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Algorithm } from '../jws/algorithms.ts'
import type { Header } from '../jws/compact.ts'
import { isLoopback } from '../lib/loopback.ts'
import { toPrintableText } from '../lib/printable-text.ts'
import { smallDifference } from '../lib/small-difference.ts'
import { singleFlightWithCooldown } from '../lib/single-flight.ts'
import { assertOptions } from '../lib/options.ts'
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
  const sources = metadataUrlsOf(issuer).map((address) => metadataAt(address, issuer, options))
  const stats = { requests: 0, failed: 0, problem: undefined as string | undefined }
  let found: DiscoveredKeySet | undefined
  let mismatch: CountersignError | undefined

  async function fetchMetadata(): Promise<void> {
    stats.requests++
    try {
      found = await useKeySetAt(found, await firstAnswer(sources), options)
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

/**
 * Returns the metadata URLs of an issuer. The well-known part comes before the path in RFC 8414, section 3.1, and after it in OpenID Connect; and
 * after it for an issuer behind a proxy that forwards only its path, and removes it.
 */
function metadataUrlsOf(issuer: string): readonly string[] {
  if (!URL.canParse(issuer) || /[?#]/.test(issuer) || new URL(issuer).username !== '')
    throw fail('policy_invalid', { detail: 'the issuer must be a URL without query and fragment' })
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    ...(path === '' ? [] : [`${origin}${path}/.well-known/oauth-authorization-server`]),
  ]
}

/** Makes a function that fetches the metadata at one URL and returns the URL of the key set. */
function metadataAt(address: string, issuer: string, options: RemoteKeySetOptions) {
  const refused = (detail: string) => fail('metadata_invalid', { detail })
  const { fetch, timeout, allowInsecureHttp } = options
  const requestOptions = { fetch, timeout, allowInsecureHttp }
  const request = createFetchJson(address, { what: 'the issuer', refused, ...requestOptions })
  return async (): Promise<string> => {
    const { json } = await request()
    const metadata: JsonObject = json === 'unchanged' ? {} : json
    if (metadata['issuer'] !== issuer) throw issuerMismatch(issuer, metadata['issuer'])
    const at = metadata['jwks_uri']
    if (typeof at !== 'string') throw refused('its member jwks_uri is not a URL')
    // otherwise a remote issuer could direct a request at this machine
    if (/^http:/i.test(at) && !mayNameHttp(issuer, at, allowInsecureHttp))
      throw refused('its jwks_uri must be an https URL')
    return at
  }
}

/** Returns whether an issuer may name a key set at an http URL: one on this machine may, and any other only at the allowed origin. */
function mayNameHttp(issuer: string, at: string, allowed: string | undefined): boolean {
  const { protocol, hostname } = new URL(issuer)
  if (protocol === 'http:' && isLoopback(hostname)) return true
  return URL.canParse(at) && new URL(at).origin === allowed
}

/** Creates the failure of metadata that name another issuer. Its message quotes both names, because the operator must compare them. */
function issuerMismatch(expected: string, named: unknown) {
  const found = toPrintableText(named)
  const likelyCause =
    smallDifference(named, [expected]) ??
    'these are the metadata of another issuer, or the settings name its address instead of its name'
  return fail('issuer_mismatch', {
    facts: { address: expected, expected, found, likelyCause },
    detail: `expected ${expected}, found ${found}: ${likelyCause}`,
  })
}

function isMismatch(error: unknown): error is CountersignError {
  return isCountersignError(error) && error.code === 'issuer_mismatch'
}

/** Returns the first answer. If there is none, throws the failure that says most: another name, or else the first that is not a 404. */
async function firstAnswer(sources: readonly (() => Promise<string>)[]): Promise<string> {
  const errors: unknown[] = []
  for (const source of sources) {
    try {
      return await source()
    } catch (error) {
      errors.push(error)
    }
  }
  throw (
    errors.find(isMismatch) ??
    errors.find((error) => !isCountersignError(error) || !/status 404/.test(error.message)) ??
    errors[0]
  )
}
