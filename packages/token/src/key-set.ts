import type { Header } from './jws.ts'
import { algorithms, isSecretAlgorithm, parseAlgorithm, type Algorithm } from './algorithms.ts'
import { fail } from './failures.ts'
import { assertKey, exportPublicJwk, importPublicKey, type VerificationKey } from './key.ts'
import type { Seconds } from './clock.ts'
import type { PublicJwk } from './jwk.ts'

/** Where a verifier looks for keys: in memory, at once. */
export interface KeySource {
  /** The one key that fits a header, or none. Called before anything of the token is proven: trust nothing in it. */
  find(header: Header): VerificationKey | undefined
  /** Looks the keys up anew and waits, where they are far away: see `remoteKeySet`. */
  refresh?(): Promise<void>
  /** When a key of that name was seen to be withdrawn, in seconds since 1970, for those who explain. */
  withdrawnAt?(kid: string): Seconds | undefined
}

/** A published key set (RFC 7517, section 5). */
export interface Jwks {
  readonly keys: readonly PublicJwk[]
}

/**
 * Keys to verify with, from keys or a JWKS in hand.
 *
 * A member of a JWKS that this library does not know, or that is damaged, is passed over and does not take down the set
 * (RFC 7517, section 5). Fails with `jwks_invalid` for two keys with one `kid`, and for a mix of secret and public keys.
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
      const fitting = keys.filter((key) => key.algorithm === alg)
      return fitting.length === 1 ? fitting[0] : undefined // without a kid, only when there is no choice to make
    },
  }
}

/** The JWKS of some keys, as an issuer publishes it. Never holds a private member; fails for a shared secret. */
export function toJwks(keys: readonly VerificationKey[]): Jwks {
  return { keys: keys.map(exportPublicJwk) }
}

function isJwks(source: Jwks | readonly VerificationKey[]): source is Jwks {
  return !Array.isArray(source)
}

/** The keys of a JWKS that can be used; the others are passed over. Fails with `jwks_invalid` for what is no JWKS at all. */
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

/** What a published key is for: its `alg`, or where it has none the one algorithm that its type and curve allow. */
function algorithmOf({ alg, kty, crv }: PublicJwk): Algorithm | undefined {
  if (alg !== undefined) return parseAlgorithm(alg)
  const fitting = Object.entries(algorithms).filter(
    ([, entry]) => entry.kty === kty && 'curve' in entry && entry.curve === crv,
  )
  return fitting.length === 1 ? parseAlgorithm(fitting[0]?.[0]) : undefined // an RSA key must name its algorithm
}
