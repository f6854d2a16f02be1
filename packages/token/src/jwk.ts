import type { webcrypto } from 'node:crypto'
import { algorithms, parseAlgorithm, type PublicAlgorithm } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import { fail } from './failures.ts'
import { judgeRsa, toInteger } from './rsa.ts'

/** A public key as JSON (RFC 7517; members by type in RFC 7518, section 6, RFC 8037, section 2, and RFC 9964). */
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

/** A private key as JSON. */
export interface PrivateJwk extends PublicJwk {
  readonly d?: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
  readonly priv?: string
}

/** Which half of a key is meant. */
export type Part = 'public' | 'private'

/** Every member that must never be published (RFC 7518, section 6; RFC 9964). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

type Members = Readonly<Record<string, unknown>>

const refuse = (detail: string) => fail('key_invalid', { detail })

/**
 * Checks every member of a JWK against the algorithm it is wanted for, and returns only the members that were checked, in the
 * platform's type. The platform's own import accepts blanks in numbers, numbers of the wrong length and weak exponents.
 */
export function checkJwk(
  source: object,
  algorithm: PublicAlgorithm,
  part: Part,
): webcrypto.JsonWebKey {
  const jwk = source as Members
  const entry = algorithms[algorithm]
  if (jwk['kty'] !== entry.kty)
    throw refuse(`its kty is not ${entry.kty}, which ${algorithm} wants`)
  if (jwk['alg'] !== undefined && parseAlgorithm(jwk['alg']) !== algorithm)
    throw refuse(`its alg is not ${algorithm}`)
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') throw refuse('its use is not sig')
  if (!allows(jwk['key_ops'], part)) throw refuse('its key_ops do not allow this use')
  if (jwk['kid'] !== undefined && typeof jwk['kid'] !== 'string')
    throw refuse('its kid is not a text')
  if (part === 'public' && privateMembers.some((name) => jwk[name] !== undefined)) {
    throw refuse('it holds a private part; hand over the public members only')
  }
  return checkMembers(jwk, algorithm, part)
}

/** The members of a private key that may be published. `key_ops` names what the private half may do, so it stays behind. */
export function publicMembersOf(jwk: object): object {
  const hidden = new Set<string>([...privateMembers, 'key_ops'])
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !hidden.has(name)))
}

function checkMembers(jwk: Members, algorithm: PublicAlgorithm, part: Part): webcrypto.JsonWebKey {
  const entry = algorithms[algorithm]
  const secret = part === 'private'
  switch (entry.kty) {
    case 'EC': {
      const { curve: crv, coordinateBytes: size } = entry
      if (jwk['crv'] !== crv) throw refuse(`its crv is not ${crv}`)
      const point = { kty: 'EC', crv, x: sized(jwk, 'x', size), y: sized(jwk, 'y', size) }
      return secret ? { ...point, d: sized(jwk, 'd', size) } : point
    }
    case 'OKP': {
      if (jwk['crv'] !== entry.curve) throw refuse(`its crv is not ${entry.curve}`)
      const point = { kty: 'OKP', crv: entry.curve, x: sized(jwk, 'x', 32) }
      return secret ? { ...point, d: sized(jwk, 'd', 32) } : point
    }
    case 'AKP': {
      if (jwk['alg'] === undefined) throw refuse('an AKP key must name its alg (RFC 9964)')
      const key = { kty: 'AKP', alg: algorithm, pub: sized(jwk, 'pub', entry.publicBytes) }
      return (secret ? { ...key, priv: sized(jwk, 'priv', 32) } : key) as webcrypto.JsonWebKey // no AKP in its type yet
    }
    case 'RSA': {
      const verdict = judgeRsa(String(jwk['n']), String(jwk['e']))
      if (verdict !== 'good') throw refuse(verdict)
      const names = ['n', 'e', ...(secret ? ['d', 'p', 'q', 'dp', 'dq', 'qi'] : [])]
      return { kty: 'RSA', ...Object.fromEntries(names.map((name) => [name, integer(jwk, name)])) }
    }
  }
}

function sized(jwk: Members, name: string, bytes: number): string {
  const text = jwk[name]
  if (typeof text === 'string' && decodeBase64url(text)?.length === bytes) return text
  throw refuse(`its member ${name} is not the base64url text of ${bytes} bytes`)
}

function integer(jwk: Members, name: string): string {
  const text = jwk[name]
  if (typeof text === 'string' && toInteger(text) !== undefined) return text
  throw refuse(`its member ${name} is not a minimal base64url number`)
}

function allows(operations: unknown, part: Part): boolean {
  if (operations === undefined) return true
  if (!Array.isArray(operations) || new Set(operations).size !== operations.length) return false
  return operations.includes(part === 'public' ? 'verify' : 'sign')
}
