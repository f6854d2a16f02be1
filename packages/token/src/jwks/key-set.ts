import { fail } from '../failures.ts'
import { exportPublicJwk } from '../jwk/export-key.ts'
import type { PublicJwk } from '../jwk/jwk.ts'
import { assertKey, type VerificationKey } from '../jwk/key.ts'
import { candidateFor } from '../jwk/undeclared-algorithm.ts'
import { algorithms, type Algorithm } from '../jws/algorithms.ts'
import type { Header } from '../jws/compact.ts'
import type { Seconds } from '../lib/clock.ts'
import { groupById, keysOf } from './key-document.ts'

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
  /**
   * Returns the one key that matches a header, if any. Called before anything of the token is verified: trust nothing in the header.
   * `allowed` are the algorithms of the policy, which choose for a key without `alg`; without them such a key is used with RS256.
   */
  find(header: Header, allowed?: ReadonlySet<Algorithm>): VerificationKey | undefined
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
 * Unknown and damaged members of a JWKS are skipped and do not invalidate the set (RFC 7517, section 5), and so are shared secrets, and
 * different keys with one `kid` and one algorithm. An RSA key without `alg` is used with the algorithm that the policy allows; if that allows
 * several, with the first that verifies a token, and with no other afterwards. Numbers may have leading zeros, and base64 its own alphabet.
 *
 * Fails with `jwks_invalid` for an object that is not a JWKS, and for keys of the program with one `kid` and one algorithm, or that mix shared
 * secrets with public keys.
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
  const byId = groupById(keys)
  for (const named of byId.values())
    if (new Set(named.map(({ algorithm }) => algorithm)).size < named.length)
      throw fail('jwks_invalid', { detail: 'two keys have one kid and one algorithm' })
  if (new Set(keys.map((key) => algorithms[key.algorithm].kty === 'oct')).size > 1) {
    throw fail('jwks_invalid', { detail: 'it mixes shared secrets with public keys' })
  }
  return {
    find({ kid, alg }, allowed) {
      if (kid !== undefined) return findNamed(byId.get(kid) ?? [], { alg }, allowed)
      const matching = keys
        .map((key) => candidateFor(key, alg, allowed))
        .filter((key) => key.algorithm === alg)
      return matching.length === 1 ? matching[0] : undefined // without a kid, only if there is no choice
    },
  }
}

/** Returns the key for the header's algorithm among those with its `kid`, or else one of them, so that the failure names the algorithm. */
function findNamed(
  named: readonly VerificationKey[],
  { alg }: Pick<Header, 'alg'>,
  allowed: ReadonlySet<Algorithm> | undefined,
): VerificationKey | undefined {
  const [first] = named
  if (first && named.length === 1) return candidateFor(first, alg, allowed)
  const candidates = named.map((key) => candidateFor(key, alg, allowed))
  return candidates.find(({ algorithm }) => algorithm === alg) ?? candidates[0]
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
