import type { webcrypto } from 'node:crypto'
import { algorithms, parseAlgorithm, type PublicAlgorithm } from '../jws/algorithms.ts'
import { decodeBase64url } from '../lib/base64url.ts'
import { fail } from '../failures.ts'
import { checkRsaKey, toInteger } from './rsa.ts'

/**
 * A public key as JSON (RFC 7517; members by type in RFC 7518, section 6, RFC 8037, section 2, and RFC 9964).
 *
 * @example
 * import { importPublicKey, type PublicJwk } from '@countersign/token'
 *
 * const jwk: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
 * const key = importPublicKey(jwk, 'EdDSA')
 */
export interface PublicJwk {
  readonly kty: 'EC' | 'RSA' | 'OKP' | 'AKP'
  readonly alg?: string
  readonly kid?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  readonly pub?: string
}

/**
 * A private key as JSON. Encrypt it before it is stored; never log it.
 *
 * @example
 * import { exportPrivateJwk, generateKey, type PrivateJwk } from '@countersign/token'
 *
 * const jwk: PrivateJwk = exportPrivateJwk(generateKey('ES256'))
 */
export interface PrivateJwk extends PublicJwk {
  readonly d?: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
  readonly priv?: string
}

/** One half of a key pair. */
export type KeyHalf = 'public' | 'private'

/** Every member that must never be published (RFC 7518, section 6; RFC 9964). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

type Members = Readonly<Record<string, unknown>>

const invalid = (detail: string) => fail('key_invalid', { detail })

/**
 * Checks every member of a JWK against the algorithm that it is imported for, and returns only the checked members, in the
 * platform's type. The platform's own import accepts blanks in numbers, numbers of the wrong length and weak exponents.
 */
export function checkJwk(
  source: object,
  algorithm: PublicAlgorithm,
  half: KeyHalf,
): webcrypto.JsonWebKey {
  const jwk = source as Members
  const entry = algorithms[algorithm]
  if (jwk['kty'] !== entry.kty)
    throw invalid(`its kty is not ${entry.kty}, which ${algorithm} needs`)
  if (jwk['alg'] !== undefined && parseAlgorithm(jwk['alg']) !== algorithm)
    throw invalid(`its alg is not ${algorithm}`)
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') throw invalid('its use is not sig')
  if (!allows(jwk['key_ops'], half)) throw invalid('its key_ops do not allow this use')
  if (jwk['kid'] !== undefined && typeof jwk['kid'] !== 'string')
    throw invalid('its kid is not a string')
  if (half === 'public' && privateMembers.some((name) => jwk[name] !== undefined)) {
    throw invalid('it contains private members; pass only the public ones')
  }
  return checkMembers(jwk, algorithm, half)
}

/** Returns the public members of a private key. `key_ops` is left out, because it names the operations of the private half. */
export function publicMembersOf(jwk: object): object {
  const hidden = new Set<string>([...privateMembers, 'key_ops'])
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !hidden.has(name)))
}

function checkMembers(
  jwk: Members,
  algorithm: PublicAlgorithm,
  half: KeyHalf,
): webcrypto.JsonWebKey {
  const entry = algorithms[algorithm]
  const secret = half === 'private'
  switch (entry.kty) {
    case 'EC': {
      const { curve: crv, coordinateBytes: size } = entry
      if (jwk['crv'] !== crv) throw invalid(`its crv is not ${crv}`)
      const point = { kty: 'EC', crv, x: sized(jwk, 'x', size), y: sized(jwk, 'y', size) }
      return secret ? { ...point, d: sized(jwk, 'd', size) } : point
    }
    case 'OKP': {
      if (jwk['crv'] !== entry.curve) throw invalid(`its crv is not ${entry.curve}`)
      const point = { kty: 'OKP', crv: entry.curve, x: sized(jwk, 'x', 32) }
      return secret ? { ...point, d: sized(jwk, 'd', 32) } : point
    }
    case 'AKP': {
      if (jwk['alg'] === undefined) throw invalid('an AKP key must have an alg (RFC 9964)')
      const key = { kty: 'AKP', alg: algorithm, pub: sized(jwk, 'pub', entry.publicBytes) }
      return (secret ? { ...key, priv: sized(jwk, 'priv', 32) } : key) as webcrypto.JsonWebKey // no AKP in its type yet
    }
    case 'RSA': {
      const verdict = checkRsaKey(String(jwk['n']), String(jwk['e']))
      if (verdict !== 'good') throw invalid(verdict)
      const names = ['n', 'e', ...(secret ? ['d', 'p', 'q', 'dp', 'dq', 'qi'] : [])]
      return { kty: 'RSA', ...Object.fromEntries(names.map((name) => [name, integer(jwk, name)])) }
    }
  }
}

function sized(jwk: Members, name: string, bytes: number): string {
  const text = jwk[name]
  if (typeof text === 'string' && decodeBase64url(text)?.length === bytes) return text
  throw invalid(`its member ${name} is not the base64url encoding of ${bytes} bytes`)
}

function integer(jwk: Members, name: string): string {
  const text = jwk[name]
  if (typeof text === 'string' && toInteger(text) !== undefined) return text
  throw invalid(`its member ${name} is not a minimal base64url number`)
}

function allows(operations: unknown, half: KeyHalf): boolean {
  if (operations === undefined) return true
  if (!Array.isArray(operations) || new Set(operations).size !== operations.length) return false
  return operations.includes(half === 'public' ? 'verify' : 'sign')
}
