import type { webcrypto } from 'node:crypto'
import { algorithms, type Algorithm } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import { fail } from './failures.ts'

/** A public key as JSON (RFC 7517; RFC 7518, section 6.2). */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly alg?: Algorithm
  readonly kid?: string
  readonly use?: 'sig'
  readonly key_ops?: readonly string[]
}

/** A private key as JSON. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
}

/** The members of a JWK that were checked, in the platform's type, and the name it gives itself. */
export interface ParsedJwk {
  readonly jwk: webcrypto.JsonWebKey | undefined
  readonly id: string | undefined
}

const coordinateBytes = 32 // P-256; shorter and longer spellings are refused (RFC 7518, section 6.2.1.2)

/**
 * Checks every member of a JWK against the algorithm it is wanted for, and returns only the members that were checked.
 * The platform's own import accepts blanks inside numbers and numbers of the wrong length.
 */
export function parseJwk(
  source: object,
  algorithm: Algorithm,
  part: 'public' | 'private',
): ParsedJwk {
  const jwk = source as Readonly<Record<string, unknown>>
  const entry = algorithms[algorithm]
  const refuse = (detail: string) => fail('key_invalid', { detail })

  if (entry.kty !== 'EC' || jwk['kty'] !== entry.kty || jwk['crv'] !== entry.curve) {
    throw refuse(`its kty and crv are not those of ${algorithm}`)
  }
  if (jwk['alg'] !== undefined && jwk['alg'] !== algorithm)
    throw refuse(`its alg is not ${algorithm}`)
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') throw refuse('its use is not sig')
  if (!allows(jwk['key_ops'], part)) throw refuse('its key_ops do not allow this use')
  if (jwk['kid'] !== undefined && typeof jwk['kid'] !== 'string')
    throw refuse('its kid is not a text')
  if (part === 'public' && jwk['d'] !== undefined) {
    throw refuse('it holds the private part; hand over the public members only')
  }
  const { kty, curve: crv } = entry
  const id = jwk['kid']
  const point = { kty, crv, x: coordinate(jwk['x'], 'x'), y: coordinate(jwk['y'], 'y') }
  return { jwk: part === 'public' ? point : { ...point, d: coordinate(jwk['d'], 'd') }, id }
}

function coordinate(text: unknown, member: string): string {
  if (typeof text === 'string' && decodeBase64url(text)?.length === coordinateBytes) return text
  throw fail('key_invalid', {
    detail: `its member ${member} is not the base64url text of ${coordinateBytes} bytes`,
  })
}

function allows(operations: unknown, part: 'public' | 'private'): boolean {
  if (operations === undefined) return true
  if (!Array.isArray(operations) || new Set(operations).size !== operations.length) return false
  return operations.includes(part === 'public' ? 'verify' : 'sign')
}
