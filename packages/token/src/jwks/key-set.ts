import { fail } from '../failures.ts'
import { exportPublicJwk } from '../jwk/export-key.ts'
import { importPublicKey } from '../jwk/import-key.ts'
import type { PublicJwk } from '../jwk/jwk.ts'
import { assertKey, type VerificationKey } from '../jwk/key.ts'
import { algorithms, isSecretAlgorithm, parseAlgorithm, type Algorithm } from '../jws/algorithms.ts'
import type { Header } from '../jws/compact.ts'
import type { Seconds } from '../lib/clock.ts'

/**
 * A source of verification keys for a verifier. Lookups are synchronous and in memory.
 *
 * @example
 * import { generateKey, type KeySource } from '@countersign/token'
 *
 * const key = generateKey('ES256')
 * const keys: KeySource = { find: ({ kid }) => (kid === key.id ? key : undefined) }
 */
export interface KeySource {
  /** Returns the one key that matches a header, if any. Called before anything of the token is verified: trust nothing in the header. */
  find(header: Header): VerificationKey | undefined
  /** Fetches the keys again and waits, for a key set at a URL: see `remoteKeySet`. */
  refresh?(options?: { readonly changed?: boolean }): Promise<void>
  /** Returns when a key of that id was seen to be removed from the key set, in seconds since 1970; for explanations. */
  removedAt?(kid: string): Seconds | undefined
}

/**
 * A published key set (RFC 7517, section 5).
 *
 * @example
 * import { generateKey, toJwks, type Jwks } from '@countersign/token'
 *
 * const jwks: Jwks = toJwks([generateKey('ES256')])
 */
export interface Jwks {
  readonly keys: readonly PublicJwk[]
}

/**
 * Makes a key set from keys or a JWKS in memory.
 *
 * Unknown and damaged members of a JWKS are skipped and do not invalidate the set (RFC 7517, section 5). Fails with
 * `jwks_invalid` for two keys with one `kid`, and for a mix of shared secrets and public keys.
 *
 * @example
 * import { generateKey, localKeySet, toJwks } from '@countersign/token'
 *
 * const key = generateKey('ES256')
 * const keys = localKeySet([key])
 * const same = localKeySet(toJwks([key]))
 */
export function localKeySet(source: Jwks | readonly VerificationKey[]): KeySource {
  const keys = isJwks(source) ? keysOf(source) : source
  keys.forEach(assertKey)
  const byId = new Map(keys.map((key) => [key.id, key]))
  if (byId.size !== keys.length) throw fail('jwks_invalid', { detail: 'two keys have one kid' })
  if (new Set(keys.map((key) => algorithms[key.algorithm].kty === 'oct')).size > 1) {
    throw fail('jwks_invalid', { detail: 'it mixes shared secrets with public keys' })
  }
  return {
    find({ kid, alg }) {
      if (kid !== undefined) return byId.get(kid)
      const matching = keys.filter((key) => key.algorithm === alg)
      return matching.length === 1 ? matching[0] : undefined // without a kid, only if there is no choice
    },
  }
}

/**
 * Makes the JWKS that an issuer publishes for some keys. It never contains a private member; fails with `key_invalid` for a shared secret.
 *
 * @example
 * import { generateKey, toJwks } from '@countersign/token'
 *
 * const body = JSON.stringify(toJwks([generateKey('ES256')])) // serve it as application/jwk-set+json
 */
export function toJwks(keys: readonly VerificationKey[]): Jwks {
  return { keys: keys.map(exportPublicJwk) }
}

function isJwks(source: Jwks | readonly VerificationKey[]): source is Jwks {
  return !Array.isArray(source)
}

/** Imports the usable keys of a JWKS and skips the others. Fails with `jwks_invalid` for an object that is not a JWKS. */
export function keysOf(jwks: object): readonly VerificationKey[] {
  const members: unknown = 'keys' in jwks ? jwks.keys : undefined
  if (!Array.isArray(members))
    throw fail('jwks_invalid', { detail: 'its member keys is not an array' })
  const secrets = members.filter((jwk: PublicJwk | null) => (jwk?.kty as string) === 'oct')
  if (secrets.length > 0 && secrets.length < members.length)
    throw fail('jwks_invalid', { detail: 'it mixes shared secrets with public keys' })
  return members.flatMap((jwk: PublicJwk | null) => {
    const algorithm = typeof jwk === 'object' && jwk !== null ? algorithmOf(jwk) : undefined
    if (!jwk || !algorithm || isSecretAlgorithm(algorithm)) return []
    try {
      return [importPublicKey(jwk, algorithm)]
    } catch {
      return [] // damaged, weak or for another use
    }
  })
}

/** Returns the algorithm of a published key: its `alg`, or else the only one that its type and curve allow. */
function algorithmOf({ alg, kty, crv }: PublicJwk): Algorithm | undefined {
  if (alg !== undefined) return parseAlgorithm(alg)
  const matching = Object.entries(algorithms).filter(
    ([, entry]) => entry.kty === kty && 'curve' in entry && entry.curve === crv,
  )
  return matching.length === 1 ? parseAlgorithm(matching[0]?.[0]) : undefined // an RSA key must name its algorithm
}
