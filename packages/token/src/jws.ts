import { parseAlgorithm, type Algorithm } from './algorithms.ts'
import {
  beginningOfAscii,
  decodeAscii,
  decodeBase64url,
  encodeBase64url,
  toAscii,
} from './base64url.ts'
import { fail } from './failures.ts'
import { parseJsonObject, type JsonObject } from './json.ts'
import { createScratch } from './scratch.ts'
import type { SigningKey, VerificationKey } from './key.ts'
import { signBytes, verifyBytes, verifyBytesAsync } from './signature.ts'

/** The protected header of a token (RFC 7515, section 4). What else it holds is ignored, keys and addresses above all. */
export interface Header {
  /** By the name that we write: a header that says Ed25519 has EdDSA here. */
  readonly alg: Algorithm
  readonly typ?: string
  readonly kid?: string
}

/** A token in three strict parts, of which nothing is proven yet. The bytes are good until the next token is taken apart. */
export interface CompactParts {
  readonly header: string
  /** What was signed: header, dot, payload, exactly as received. */
  readonly signed: Buffer
  readonly payload: Buffer
  readonly signature: Buffer
}

const payloads = createScratch()
const signatures = createScratch()

const maxKidLength = 256 // characters; a kid is looked up in a map and nowhere else

/** A header as the first part of a token. */
export function encodeHeader(header: Header): string {
  return encodeBase64url(JSON.stringify(header))
}

/** Signs claims and writes the token in compact form (RFC 7515, section 7.1), under a header that {@link encodeHeader} made. */
export function signCompact(header: string, claims: JsonObject, key: SigningKey): string {
  const signed = `${header}.${encodeBase64url(JSON.stringify(claims))}`
  const bytes = toAscii(signed) as Buffer // base64url is ASCII
  return `${signed}.${signBytes(key.algorithm, key.privateKey, bytes)}`
}

/** Whether a signature fits. The algorithm is the key's; that the header names the same is the caller's check. */
export function verifySignature(
  { signed, signature }: CompactParts,
  key: VerificationKey,
): boolean {
  return verifyBytes(key.algorithm, key.key, signed, signature)
}

/** As {@link verifySignature}, on the platform's thread pool: give it parts that stay, see {@link keepParts}. */
export function verifySignatureAsync(
  { signed, signature }: CompactParts,
  key: VerificationKey,
): Promise<boolean> {
  return verifyBytesAsync(key.algorithm, key.key, signed, signature)
}

/** Parts whose bytes stay as they are, for whoever waits before he reads them. */
export function keepParts({ header, signed, payload, signature }: CompactParts): CompactParts {
  return {
    header,
    signed: Buffer.from(signed),
    payload: Buffer.from(payload),
    signature: Buffer.from(signature),
  }
}

/**
 * Takes a token apart: three parts, each canonical base64url (RFC 7515, sections 2 and 7.1). Interprets nothing.
 *
 * Fails with `token_encrypted` for five parts, with `token_malformed` for anything else that is not a compact JWS.
 */
export function splitCompact(token: string): CompactParts {
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first < 1 || second === -1)
    throw fail('token_malformed', { facts: { problem: 'not three parts' } })
  if (token.indexOf('.', second + 1) !== -1) {
    if (token.split('.', 6).length === 5) throw fail('token_encrypted')
    throw fail('token_malformed', { facts: { problem: 'not three parts' } })
  }
  const ascii = toAscii(token)
  const payload = ascii && decodeAscii(ascii, first + 1, second, payloads)
  const signature = ascii && decodeAscii(ascii, second + 1, token.length, signatures)
  if (!payload || !signature)
    throw fail('token_malformed', { facts: { problem: 'not canonical base64url' } })
  return { header: token.slice(0, first), signed: beginningOfAscii(second), payload, signature }
}

/**
 * Reads a header and judges its form. Fails with `header_malformed`, with `header_critical` for any `crit` (we understand
 * no extension, and RFC 7515, section 4.1.11 then demands refusal) and with `algorithm_not_allowed` for an `alg` that
 * the table does not hold.
 */
export function parseHeader(segment: string): Header {
  const bytes = decodeBase64url(segment)
  if (!bytes) throw fail('token_malformed', { facts: { problem: 'not canonical base64url' } })
  const header = parseJsonObject(bytes)
  if (!header) throw fail('header_malformed')
  const { alg, typ, kid } = header as {
    readonly [name: string]: unknown
    alg: unknown
    typ: unknown
    kid: unknown
  }
  if ('crit' in header) throw fail('header_critical')
  if (typeof alg !== 'string') throw fail('header_malformed', { facts: { member: 'alg' } })
  if (typ !== undefined && typeof typ !== 'string')
    throw fail('header_malformed', { facts: { member: 'typ' } })
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > maxKidLength)) {
    throw fail('header_malformed', { facts: { member: 'kid' } })
  }
  const algorithm = parseAlgorithm(alg)
  if (!algorithm) throw fail('algorithm_not_allowed')
  return Object.freeze({
    alg: algorithm,
    ...(typ === undefined ? {} : { typ }),
    ...(kid === undefined ? {} : { kid }),
  })
}
