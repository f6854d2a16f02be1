import { importPublicKey } from '../jwk/import-key.ts'
import { exportPublicJwk } from '../jwk/export-key.ts'
import type { SigningKey, VerificationKey } from '../jwk/key.ts'
import { thumbprintOf } from '../jwk/thumbprint.ts'
import { algorithms, publicAlgorithms, type PublicAlgorithm } from '../jws/algorithms.ts'
import {
  parseHeader,
  signCompact,
  splitCompact,
  verifySignature,
  type CompactParts,
} from '../jws/compact.ts'
import { decodeBase64url, encodeBase64url } from '../lib/base64url.ts'
import type { Seconds } from '../lib/clock.ts'
import { isCountersignError } from '../lib/error.ts'
import { parseJsonObject, type JsonObject } from '../lib/json.ts'
import { sha256 } from '../lib/text-hash.ts'
import { normalizeMediaType } from './policy.ts'
import { newTokenId } from './signer.ts'

/**
 * The seconds by which the time of a proof may differ from that of the server, in either direction. Its clock is that of a browser or a phone. A
 * proof is used once, so a longer window costs memory of used ones, and no safety.
 */
export const dpopWindow: Seconds = 60

/** The algorithms of proofs. ML-DSA is not among them: each request would carry 5 kB more in its header. */
const proofAlgorithms: readonly PublicAlgorithm[] = publicAlgorithms.filter(
  (one) => algorithms[one].kty !== 'AKP',
)

/** The names of these algorithms as metadata and challenges list them (RFC 9449, section 5.1); Ed25519 has two (RFC 9864). */
export const dpopAlgorithms: readonly string[] = [...proofAlgorithms, 'Ed25519']

/** The checks of a proof, in their order (RFC 9449, section 4.3), each with what it expects. The last one is made by the caller, who knows the used proofs. */
export const dpopChecks = {
  proof: 'one DPoP header, with a signed JWT in compact form',
  typ: 'dpop+jwt',
  alg: dpopAlgorithms.join(', '),
  jwk: 'the public key of that algorithm, without private members',
  signature: 'valid, by the key in its header',
  claims: 'jti, htm, htu and iat',
  htm: 'the method of the request',
  htu: 'the URL of the request, without query and fragment',
  iat: `at most ${dpopWindow} s before or after the current time`,
  ath: 'the SHA-256 of the access token',
  jkt: 'the key that the token is bound to',
  nonce: 'a nonce that this server has just given',
  jti: 'a proof that was not used before',
} as const

/** The name of a check of a proof. */
export type DpopCheck = keyof typeof dpopChecks

/** The request, the token and the key that a proof must be for. */
export interface ExpectedProof {
  /** The method of the request. */
  readonly method: string
  /** The URLs of the request, one of which the proof must name. Made from configured URLs, never from the `Host` header. */
  readonly urls: readonly string[]
  /** The access token that is sent with the proof; none at a token endpoint. */
  readonly accessToken?: string | undefined
  /** The thumbprint of the key that the token is bound to: its `cnf.jkt`. */
  readonly thumbprint?: string | undefined
  /** The nonces that are accepted; by default none is required. */
  readonly nonces?: readonly string[] | undefined
}

/** The judgment of a proof. */
export type DpopVerdict =
  | {
      readonly accepted: true
      /** The thumbprint of the key whose possession is proven (RFC 7638). */
      readonly thumbprint: string
      /** Identifies the proof: its key and its `jti`, hashed. A second proof with the same one is a replay. */
      readonly id: string
      /** The time from which the proof is refused for its age, so that its use may be forgotten. */
      readonly expiresAt: Seconds
    }
  | RefusedProof

/** The first check that failed. For operators; `found` was sent by the caller and may be anything. */
export interface RefusedProof {
  readonly accepted: false
  readonly check: DpopCheck
  readonly expected: string
  readonly found: unknown
}

/** The request that a proof is made for. */
export interface ProvenRequest {
  readonly method: string
  readonly url: string
  /** The access token that is sent with it. */
  readonly accessToken?: string | undefined
  readonly nonce?: string | undefined
}

/** Signs a proof for one request (RFC 9449, section 4.2), for the `DPoP` header. A proof is used once. */
export function signDpopProof(
  key: SigningKey,
  { method, url, accessToken, nonce }: ProvenRequest,
  now: Seconds,
): string {
  const header = { typ: 'dpop+jwt', alg: key.algorithm, jwk: exportPublicJwk(key) }
  const claims = {
    jti: newTokenId(),
    htm: method,
    htu: normalizeUrl(url) ?? url,
    iat: now,
    ...(accessToken !== undefined && { ath: sha256(accessToken) }),
    ...(nonce !== undefined && { nonce }),
  }
  return signCompact(encodeBase64url(JSON.stringify(header)), claims, key)
}

const maxLength = 8_192 // characters, as of a token

/**
 * Judges the `DPoP` header of a request (RFC 9449, section 4.3): several headers arrive joined by commas and are refused. Pure. A
 * caller that accepts the request must also record the `id`, and refuse one that is recorded.
 */
export function judgeDpopProof(
  header: string | undefined,
  expected: ExpectedProof,
  now: Seconds,
): DpopVerdict {
  const parsed = parseProof(header)
  if ('check' in parsed) return parsed
  const { parts, key } = parsed
  if (!verifySignature(parts, key)) return refuse('signature', 'another signature')
  const claims = parseJsonObject(parts.payload)
  if (!claims) return refuse('claims', 'no strict JSON object')
  const thumbprint = thumbprintOf(key.key)
  return judgeClaims(claims, thumbprint, expected, now) ?? accept(claims, thumbprint)
}

function refuse(
  check: DpopCheck,
  found: unknown,
  expected: string = dpopChecks[check],
): RefusedProof {
  return { accepted: false, check, expected, found }
}

function accept({ jti, iat }: JsonObject, thumbprint: string): DpopVerdict {
  const id = sha256(JSON.stringify([thumbprint, jti]))
  const expiresAt = Math.ceil(iat as Seconds) + dpopWindow + 1 // judgeClaims has checked that it is a number
  return { accepted: true, thumbprint, id, expiresAt }
}

/** Parses the header of a proof and imports its key. The signature is not verified. */
function parseProof(
  text: string | undefined,
): { readonly parts: CompactParts; readonly key: VerificationKey } | RefusedProof {
  if (text === undefined || text === '') return refuse('proof', 'none')
  if (text.length > maxLength) return refuse('proof', `more than ${maxLength} characters`)
  if (text.includes(',')) return refuse('proof', 'several')
  try {
    const parts = splitCompact(text)
    const { alg, typ } = parseHeader(parts.header)
    if (typ === undefined || normalizeMediaType(typ) !== 'application/dpop+jwt')
      return refuse('typ', typ)
    const algorithm = proofAlgorithms.find((one) => one === alg)
    if (!algorithm) return refuse('alg', alg)
    const jwk = parseJsonObject(decodeBase64url(parts.header) ?? Buffer.alloc(0))?.['jwk']
    if (typeof jwk !== 'object' || jwk === null) return refuse('jwk', 'none')
    return { parts, key: importPublicKey(jwk as never, algorithm) } // the import checks every member
  } catch (error) {
    if (!isCountersignError(error)) throw error
    if (error.code === 'algorithm_not_allowed') return refuse('alg', 'another algorithm')
    return error.code === 'key_invalid'
      ? refuse('jwk', error.message)
      : refuse('proof', error.message)
  }
}

function judgeClaims(
  { jti, htm, htu, iat, ath, nonce }: JsonObject,
  key: string,
  { method, urls, accessToken, thumbprint = key, nonces }: ExpectedProof,
  now: Seconds,
): RefusedProof | undefined {
  const texts = { jti, htm, htu }
  for (const [name, value] of Object.entries(texts))
    if (typeof value !== 'string' || value === '') return refuse('claims', `no text in ${name}`)
  if (typeof iat !== 'number') return refuse('claims', 'no number in iat')
  if (htm !== method) return refuse('htm', htm, method)
  const url = normalizeUrl(htu as string)
  if (url === undefined || !urls.some((one) => normalizeUrl(one) === url))
    return refuse('htu', htu, urls.join(' or '))
  if (Math.abs(now - iat) > dpopWindow) return refuse('iat', `${Math.abs(now - iat)} s`)
  if (accessToken !== undefined && ath !== sha256(accessToken))
    return refuse('ath', ath === undefined ? 'none' : 'another hash')
  if (thumbprint !== key) return refuse('jkt', key, thumbprint)
  if (nonces && !nonces.some((one) => one === nonce))
    return refuse('nonce', nonce === undefined ? 'none' : 'another one, or an old one')
  return undefined
}

/**
 * Normalizes an `http` or `https` URL for comparison, without its query and fragment: case of scheme and host, default port, dot segments, and the
 * spelling of percent-encoded characters (RFC 9449, section 4.3; RFC 3986, sections 6.2.2 and 6.2.3). Returns `undefined` for any other text.
 */
function normalizeUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    return undefined
  const path = url.pathname.replaceAll(/%([\dA-Fa-f]{2})/g, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[\w.~-]/.test(character) ? character : escape.toUpperCase()
  })
  return `${url.origin}${path}`
}
