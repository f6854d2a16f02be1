import { parseAlgorithm, type Algorithm } from './algorithms.ts'
import { decodeAscii, decodeBase64url, encodeBase64url, toAscii } from './base64url.ts'
import { fail } from './failures.ts'
import { parseJsonObject, type JsonObject } from './json.ts'
import { createScratch } from './scratch.ts'
import type { SigningKey, VerificationKey } from './key.ts'
import { signText, verifyText, verifyTextAsync } from './signature.ts'

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
  readonly signed: string
  readonly payload: Buffer
  readonly signature: Buffer
}

const payloads = createScratch()
const signatures = createScratch()

const maxKidLength = 256 // characters; a kid is looked up in a map and nowhere else

/** Signs claims and writes the token in compact form (RFC 7515, section 7.1). */
export function signCompact(header: Header, claims: JsonObject, key: SigningKey): string {
  const signed = `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(JSON.stringify(claims))}`
  return `${signed}.${signText(key.algorithm, key.privateKey, signed)}`
}

/** Whether a signature fits. The algorithm is the key's; that the header names the same is the caller's check. */
export function verifySignature(
  { signed, signature }: CompactParts,
  key: VerificationKey,
): boolean {
  return verifyText(key.algorithm, key.key, signed, signature)
}

/** As {@link verifySignature}, on the platform's thread pool: give it parts that stay, see {@link keepParts}. */
export function verifySignatureAsync(
  { signed, signature }: CompactParts,
  key: VerificationKey,
): Promise<boolean> {
  return verifyTextAsync(key.algorithm, key.key, signed, signature)
}

/** Parts whose bytes stay as they are, for whoever waits before he reads them. */
export function keepParts({ payload, signature, ...texts }: CompactParts): CompactParts {
  return { ...texts, payload: Buffer.from(payload), signature: Buffer.from(signature) }
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
  return { header: token.slice(0, first), signed: token.slice(0, second), payload, signature }
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
