import { parseAlgorithm, type Algorithm } from './algorithms.ts'
import {
  asciiPrefix,
  decodeAscii,
  decodeBase64url,
  encodeBase64url,
  encodeAscii,
} from '../lib/base64url.ts'
import { fail } from '../failures.ts'
import { parseJsonObject, type JsonObject } from '../lib/json.ts'
import { createReusableBuffer } from '../lib/reusable-buffer.ts'
import type { KeyObject } from 'node:crypto'
import { signBytes, verifyBytes, verifyBytesAsync } from './signature.ts'

/**
 * The protected header of a token (RFC 7515, section 4). All other members are ignored, in particular keys (`jwk`, `x5c`) and URLs (`jku`, `x5u`).
 */
export interface Header {
  /** The name that we write: `EdDSA` here for a header with `Ed25519`. */
  readonly alg: Algorithm
  readonly typ?: string
  readonly kid?: string
}

/** The three parts of a compact JWS, strictly decoded and not verified. The bytes are valid until the next token is split. */
export interface CompactParts {
  readonly header: string
  /** The signing input: header, dot, payload, exactly as received. */
  readonly signed: Buffer
  readonly payload: Buffer
  readonly signature: Buffer
}

/** The members of a `VerificationKey` that verifying needs. */
interface PublicOrSharedKey {
  readonly algorithm: Algorithm
  readonly key: KeyObject
}

const payloads = createReusableBuffer()
const signatures = createReusableBuffer()

const maxKidLength = 256 // characters; a kid is only ever looked up in a map

/** Encodes a header as the first part of a token. */
export function encodeHeader(header: Header): string {
  return encodeBase64url(JSON.stringify(header))
}

/** Signs claims and returns the token in compact form (RFC 7515, section 7.1), with a header that {@link encodeHeader} made. */
export function signCompact(
  header: string,
  claims: JsonObject,
  key: { readonly algorithm: Algorithm; readonly privateKey: KeyObject },
): string {
  const signed = `${header}.${encodeBase64url(JSON.stringify(claims))}`
  const bytes = encodeAscii(signed) as Buffer // base64url is ASCII
  return `${signed}.${signBytes(key.algorithm, key.privateKey, bytes)}`
}

/** Verifies the signature with the key's algorithm. The caller must have checked that the header names the same algorithm. */
export function verifySignature(
  { signed, signature }: CompactParts,
  key: PublicOrSharedKey,
): boolean {
  return verifyBytes(key.algorithm, key.key, signed, signature)
}

/** Verifies as {@link verifySignature} does, on the platform's thread pool. Needs parts made by {@link copyParts}. */
export function verifySignatureAsync(
  { signed, signature }: CompactParts,
  key: PublicOrSharedKey,
): Promise<boolean> {
  return verifyBytesAsync(key.algorithm, key.key, signed, signature)
}

/** Copies parts out of the reusable buffers, for work that awaits before it reads them. */
export function copyParts({ header, signed, payload, signature }: CompactParts): CompactParts {
  return {
    header,
    signed: Buffer.from(signed),
    payload: Buffer.from(payload),
    signature: Buffer.from(signature),
  }
}

/**
 * Splits a token into its three parts, each canonical base64url (RFC 7515, sections 2 and 7.1). Interprets none of them.
 *
 * Fails with `token_encrypted` for five parts (a JWE), and with `token_malformed` for anything else that is not a compact JWS.
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
  const ascii = encodeAscii(token)
  const payload = ascii && decodeAscii(ascii, first + 1, second, payloads)
  const signature = ascii && decodeAscii(ascii, second + 1, token.length, signatures)
  if (!payload || !signature)
    throw fail('token_malformed', { facts: { problem: 'not canonical base64url' } })
  return { header: token.slice(0, first), signed: asciiPrefix(second), payload, signature }
}

/**
 * Parses a header. Fails with `header_malformed`, with `header_critical` for any `crit` (no extension is supported,
 * and RFC 7515, section 4.1.11 then requires rejection), and with `algorithm_not_allowed` for an `alg` that
 * is not in the table.
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
