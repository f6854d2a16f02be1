// Decodes a token in the browser and checks its form and contents. It sends nothing, and proves nothing: anyone can write any claims into a
// token. signature.js verifies the signature.

import { bad, good, judgeClaims, judgeHeader } from './token-checks.js'
import { t } from './translate.js'

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @typedef {import('./token-checks.js').Check} Check */
/**
 * @typedef {{ readonly parts: readonly string[], readonly header?: Json | undefined, readonly claims?: Json | undefined, readonly checks:
 * readonly Check[] }} Reading
 */

const maxDepth = 16 // levels; this server's verifier rejects more
const maxMembers = 512 // likewise
const maxLength = 16_384 // characters; likewise

/** Removes what is often copied along with a token: the word Bearer, quotation marks, spaces and line breaks.
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

/** Decodes a token.
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
          t('It is not canonical base64url of one JSON object without duplicate members.'),
        ),
    claims
      ? undefined
      : bad(
          'Claims',
          t('They are not canonical base64url of one JSON object without duplicate members.'),
        ),
    decode(parts[2] ?? '') ? undefined : bad('Signature', t('It is not canonical base64url.')),
  ].filter((one) => one !== undefined)
  const checks = [
    ...(shape.length > 0
      ? shape
      : [good('Form', t('Three parts of canonical base64url, the first two JSON objects.'))]),
    ...(header ? judgeHeader(header) : []),
    ...(claims ? judgeClaims(claims, now) : []),
  ]
  return { parts, header, claims, checks }
}

/** @param {string} token @param {readonly string[]} parts */
function judgeForm(token, parts) {
  if (token.length > maxLength)
    return bad(
      'Size',
      t('It has {length} characters; a verifier reads at most {max}.', {
        length: token.length,
        max: maxLength,
      }),
    )
  if (parts.length === 5)
    return bad('Form', t('Five parts: it is encrypted (JWE) and readable only with the key.'))
  if (/^cs[a-z]{2}_/.test(token))
    return bad(
      'Form',
      t(
        'An opaque secret, such as a refresh token. It has no parts to decode; do not paste secrets.',
      ),
    )
  if (parts.length !== 3)
    return bad(
      'Form',
      t('Parts: {count}. A token has three, separated by dots.', { count: parts.length }),
    )
  if (!/^[\w.-]*$/.test(token))
    return bad(
      'Form',
      t(
        'It contains invalid characters: a token has only letters, digits, hyphen, underscore and dot.',
      ),
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
    if (depth(value) > maxDepth || members(value) > maxMembers) return undefined
    return members(value) === names(text) ? value : undefined // otherwise a name was repeated, and JSON.parse kept only the last one
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

/** Counts the names: outside of strings a colon follows each name, and occurs nowhere else. @param {string} text */
function names(text) {
  return text.replace(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1
}

/** Decodes canonical base64url; `undefined` for any other text.
 * @param {string} part
 */
export function decode(part) {
  if (!/^[\w-]*$/.test(part) || part.length % 4 === 1) return undefined
  const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  const again = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return again === part ? Uint8Array.from(text, (one) => one.charCodeAt(0)) : undefined
}
