// Reads a token in the browser and says what its parts mean. Nothing here talks to anybody, and nothing it says is proven: anybody can
// write anything into a token. What is proven is the signature's matter, in signature.js.

import { bad, good, judgeClaims, judgeHeader } from './token-checks.js'

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @typedef {import('./token-checks.js').Check} Check */
/** @typedef {{ readonly parts: readonly string[], readonly header?: Json | undefined, readonly claims?: Json | undefined, readonly checks: readonly Check[] }} Reading */

const deepest = 16 // levels, and
const most = 512 // members: no verifier of ours looks into more
const largest = 16_384 // characters; beyond it no verifier of ours reads either
/**
 * What somebody pasted, without what often comes along: the word Bearer, quotation marks, blanks and line breaks.
 * @param {string} text
 */
export function tidy(text) {
  return text
    .trim()
    .replace(/^authorization\s*:\s*/i, '')
    .replace(/^bearer\s+/i, '')
    .replace(/^(["'])(.*)\1$/s, '$2')
    .replace(/\s+/g, '')
}

/**
 * Takes a token apart.
 * @param {string} token
 * @param {number} now seconds since 1970
 * @returns {Reading}
 */
export function read(token, now) {
  const parts = token.split('.', 6)
  const form = judgeForm(token, parts)
  if (form) return { parts, checks: [form] }
  const [header, claims] = [readObject(parts[0] ?? ''), readObject(parts[1] ?? '')]
  const shape = [
    header
      ? undefined
      : bad(
          'Header',
          'It is not canonical base64url of one JSON object without a member named twice.',
        ),
    claims
      ? undefined
      : bad(
          'Claims',
          'They are not canonical base64url of one JSON object without a member named twice.',
        ),
    decode(parts[2] ?? '') ? undefined : bad('Signature', 'It is not canonical base64url.'),
  ].filter((one) => one !== undefined)
  const checks = [
    ...(shape.length > 0
      ? shape
      : [good('Form', 'Three parts of canonical base64url, the first two JSON objects.')]),
    ...(header ? judgeHeader(header) : []),
    ...(claims ? judgeClaims(claims, now) : []),
  ]
  return { parts, header, claims, checks }
}

/** @param {string} token @param {readonly string[]} parts */
function judgeForm(token, parts) {
  if (token.length > largest)
    return bad('Size', `It has ${token.length} characters; a verifier reads ${largest} at most.`)
  if (parts.length === 5)
    return bad('Form', 'Five parts: it is encrypted (JWE), and only who has the key can read it.')
  if (/^cs[a-z]{2}_/.test(token))
    return bad(
      'Form',
      'An opaque secret, such as a refresh token. It has no parts to look into; do not paste those.',
    )
  if (parts.length !== 3)
    return bad(
      'Form',
      `${parts.length} ${parts.length === 1 ? 'part' : 'parts'} where a token has three, with dots between.`,
    )
  if (!/^[\w.-]*$/.test(token))
    return bad(
      'Form',
      'It holds characters that no token has: only letters, digits, hyphen, underscore and dot.',
    )
  return undefined
}

/** @param {string} part @returns {Json | undefined} */
function readObject(part) {
  const bytes = decode(part)
  if (!bytes) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (depth(value) > deepest || members(value) > most) return undefined
    return members(value) === names(text) ? value : undefined // else one was named twice, and one of the two dropped
  } catch {
    return undefined
  }
}

/** @param {unknown} value @returns {number} */
function depth(value) {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Object.values(value).reduce((deep, one) => Math.max(deep, depth(one)), 0)
}

/** @param {object} value @returns {number} */
function members(value) {
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  const inner = Object.values(value).filter((one) => typeof one === 'object' && one !== null)
  return inner.reduce((sum, one) => sum + members(one), own)
}

/** Outside of texts a colon stands after each name and nowhere else. @param {string} text */
function names(text) {
  return text.replace(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1
}

/**
 * Base64url to bytes, or nothing where it is not exactly what encoding them would write.
 * @param {string} part
 */
export function decode(part) {
  if (!/^[\w-]*$/.test(part) || part.length % 4 === 1) return undefined
  const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  const again = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return again === part ? Uint8Array.from(text, (one) => one.charCodeAt(0)) : undefined
}
