import { fail } from '../failures.ts'
import { importPublicKey } from '../jwk/import-key.ts'
import type { PublicJwk } from '../jwk/jwk.ts'
import type { VerificationKey } from '../jwk/key.ts'
import { importUndeclared, isUndeclared } from '../jwk/undeclared-algorithm.ts'
import { algorithms, isSecretAlgorithm, parseAlgorithm, type Algorithm } from '../jws/algorithms.ts'
import { decodeBase64url, encodeBase64url } from '../lib/base64url.ts'

// Reads the key sets that issuers publish. A fault of one member costs that member and never the set, because it would cost every user of the
// issuer. What cannot change a key is read leniently here, and only here: tokens stay canonical.

/** Imports the usable keys of a JWKS and skips the others. Fails with `jwks_invalid` for an object that is not a JWKS. */
export function keysOf(jwks: object): readonly VerificationKey[] {
  const isObject = typeof jwks === 'object' && (jwks as unknown) !== null
  const members: unknown = isObject && 'keys' in jwks ? jwks.keys : undefined
  if (!Array.isArray(members))
    throw fail('jwks_invalid', { detail: 'its member keys is not an array' })
  const keys = members.flatMap((jwk: PublicJwk | null) => {
    if (typeof jwk !== 'object' || jwk === null) return []
    try {
      return importMember(toCanonical(jwk))
    } catch {
      return [] // damaged, weak or for another use
    }
  })
  return withoutConflicts(withoutCopies(keys))
}

/** Imports a member of a JWKS, unless its type or algorithm is unknown or it is a shared secret. Fails with `key_invalid`. */
function importMember(jwk: PublicJwk): readonly VerificationKey[] {
  if (jwk.alg === undefined && jwk.kty === 'RSA') return [importUndeclared(jwk)]
  const algorithm = algorithmOf(jwk)
  return !algorithm || isSecretAlgorithm(algorithm) ? [] : [importPublicKey(jwk, algorithm)]
}

/** Returns the algorithm of a published key: its `alg`, or else the only one that its type and curve allow. */
function algorithmOf({ alg, kty, crv }: PublicJwk): Algorithm | undefined {
  if (alg !== undefined) return parseAlgorithm(alg)
  const matching = Object.entries(algorithms).filter(
    ([, entry]) => entry.kty === kty && 'curve' in entry && entry.curve === crv,
  )
  return matching.length === 1 ? parseAlgorithm(matching[0]?.[0]) : undefined
}

/** The members of a public key that hold bytes, by key type. */
const byteMembers: Readonly<Record<string, readonly (keyof PublicJwk)[]>> = {
  RSA: ['n', 'e'],
  EC: ['x', 'y'],
  OKP: ['x'],
  AKP: ['pub'],
}

/**
 * Rewrites a published key in its canonical form: base64url instead of base64, no padding, and numbers without a leading zero octet, which
 * many implementers write (RFC 7518, section 6.3.1.1). What cannot be decoded is left as it is, and then refused.
 */
function toCanonical(jwk: PublicJwk): PublicJwk {
  const names = byteMembers[jwk.kty] ?? []
  const changed = names.map((name) => [name, canonicalText(jwk[name], jwk)] as const)
  return { ...jwk, ...Object.fromEntries(changed.filter(([, text]) => text !== undefined)) }
}

function canonicalText(text: unknown, { kty, crv }: PublicJwk): string | undefined {
  if (typeof text !== 'string') return undefined
  const base64url = text
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '')
  const bytes = decodeBase64url(base64url)
  if (!bytes) return undefined
  if (kty !== 'RSA' && kty !== 'EC') return base64url // bytes, and not a number
  const first = bytes.findIndex((byte) => byte !== 0)
  const number = first === -1 ? bytes : bytes.subarray(first)
  return encodeBase64url(kty === 'EC' ? padded(number, coordinateBytesOf(crv)) : number)
}

/** A coordinate is as long as its curve says (RFC 7518, section 6.2.1.2). */
function coordinateBytesOf(crv: string | undefined): number {
  const entry = Object.values(algorithms).find((one) => 'curve' in one && one.curve === crv)
  return entry && 'coordinateBytes' in entry ? entry.coordinateBytes : 0
}

function padded(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, length - bytes.length)), bytes])
}

/** Counts a key once that is listed twice. With `alg` in one place, that is its algorithm. */
function withoutCopies(keys: readonly VerificationKey[]): readonly VerificationKey[] {
  const declaredFirst = keys.toSorted((a, b) => Number(isUndeclared(a)) - Number(isUndeclared(b)))
  return keepIf(declaredFirst, (key, others, at) =>
    others.every((other, place) => place >= at || !key.key.equals(other.key)),
  )
}

/** Passes over different keys that no token can tell apart, because one `kid` and one algorithm could mean either. */
function withoutConflicts(keys: readonly VerificationKey[]): readonly VerificationKey[] {
  return keepIf(keys, (_, others) => others.length === 1)
}

/** Filters keys by those that a token could mean as well, among them the key itself at `at`. */
function keepIf(
  keys: readonly VerificationKey[],
  keep: (key: VerificationKey, others: readonly VerificationKey[], at: number) => boolean,
): readonly VerificationKey[] {
  const byId = groupById(keys)
  return keys.filter((key) => {
    const others = (byId.get(key.id) ?? []).filter((other) => mayBeMeantBy(key, other))
    return keep(key, others, others.indexOf(key))
  })
}

function mayBeMeantBy(key: VerificationKey, other: VerificationKey): boolean {
  const isRsa = [key, other].every(({ algorithm }) => algorithms[algorithm].kty === 'RSA')
  return key.algorithm === other.algorithm || (isRsa && (isUndeclared(key) || isUndeclared(other)))
}

/** Groups keys by their `kid`. Without `Map.groupBy`, whose absence in Node 20 would look like a key set that cannot be read. */
export function groupById(
  keys: readonly VerificationKey[],
): ReadonlyMap<string, readonly VerificationKey[]> {
  const byId = new Map<string, VerificationKey[]>()
  for (const key of keys) {
    const named = byId.get(key.id)
    if (named) named.push(key)
    else byId.set(key.id, [key])
  }
  return byId
}
