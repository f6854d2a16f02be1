// Verifies a signature with the browser's Web Crypto, against pasted keys. Nothing leaves the page.
import { decode } from './token.js'
import { t } from './translate.js'

/** @typedef {{ readonly verdict: 'good' | 'bad' | 'note', readonly says: string }} Verdict */

const hashes = /** @type {const} */ ({ 256: 'SHA-256', 384: 'SHA-384', 512: 'SHA-512' })
const curves = /** @type {const} */ ({ 256: 'P-256', 384: 'P-384', 512: 'P-521' })

/** Returns the Web Crypto parameters of an algorithm, for importing the key and for verifying; `undefined` for an unsupported one.
 * @param {string} alg
 */
function callOf(alg) {
  const size = /** @type {256 | 384 | 512} */ (Number(alg.slice(2)))
  const hash = hashes[size]
  if (/^ES(256|384|512)$/.test(alg))
    return {
      kty: 'EC',
      take: { name: 'ECDSA', namedCurve: curves[size] },
      check: { name: 'ECDSA', hash },
    }
  if (/^RS(256|384|512)$/.test(alg))
    return {
      kty: 'RSA',
      take: { name: 'RSASSA-PKCS1-v1_5', hash },
      check: { name: 'RSASSA-PKCS1-v1_5' },
    }
  if (/^PS(256|384|512)$/.test(alg))
    return {
      kty: 'RSA',
      take: { name: 'RSA-PSS', hash },
      check: { name: 'RSA-PSS', saltLength: size / 8 },
    }
  if (/^HS(256|384|512)$/.test(alg))
    return { kty: 'oct', take: { name: 'HMAC', hash }, check: { name: 'HMAC' } }
  if (/^(EdDSA|Ed25519)$/.test(alg))
    return { kty: 'OKP', take: { name: 'Ed25519' }, check: { name: 'Ed25519' } }
  return undefined
}

/** Verifies a token with pasted keys: a JWKS, a JWK, a public key as PEM, or for HS256, HS384 and HS512 the secret.
 * @param {string} token
 * @param {string} keys
 * @returns {Promise<Verdict>}
 */
export async function checkSignature(token, keys) {
  const [head = '', body = '', tail = ''] = token.split('.')
  const signature = decode(tail)
  const header = JSON.parse(new TextDecoder().decode(decode(head)))
  const call = callOf(String(header.alg))
  if (keys.trim() === '') return note(t('Paste the issuer’s keys to verify the signature.'))
  if (!signature || !call) return note(t('This browser cannot verify this algorithm.'))
  if (!globalThis.crypto?.subtle)
    return note(t('Browsers verify signatures only on https and on localhost.'))
  /** @type {CryptoKey | Verdict} */
  let key
  try {
    key = await take(keys.trim(), header, call)
  } catch {
    return bad(t('The key cannot be imported: it is damaged, or for another algorithm.'))
  }
  if ('says' in key) return key
  const bytes = new TextEncoder().encode(`${head}.${body}`)
  return (await crypto.subtle.verify(call.check, key, signature, bytes))
    ? good(t('Valid: the holder of this key signed exactly this token.'))
    : bad(t('Invalid: the token was changed, or another key signed it.'))
}

/**
 * @param {string} text
 * @param {{ readonly kid?: unknown, readonly alg: string }} header
 * @param {NonNullable<ReturnType<typeof callOf>>} call
 * @returns {Promise<CryptoKey | Verdict>}
 */
async function take(text, header, { kty, take: how }) {
  const subtle = crypto.subtle
  if (text.startsWith('-----BEGIN') && kty === 'oct')
    return bad(
      t('A public key must not be used as a shared secret: that is how tokens are forged.'),
    )
  if (text.startsWith('-----BEGIN PUBLIC KEY-----')) {
    const base64 = text.replace(/-----[^-]+-----|\s/g, '')
    const der = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))
    return subtle.importKey('spki', der, how, false, ['verify'])
  }
  if (!text.startsWith('{')) {
    if (kty !== 'oct') return note(t('Not a key: paste a JWKS, a JWK or a public key in PEM.'))
    return subtle.importKey('raw', new TextEncoder().encode(text), how, false, ['verify'])
  }
  const parsed = JSON.parse(text)
  /** @type {readonly Record<string, string>[]} */
  const all = Array.isArray(parsed.keys) ? parsed.keys : [parsed]
  const named = header.kid === undefined ? all : all.filter((one) => one.kid === header.kid)
  const fitting = named.filter(
    (one) => one.kty === kty && (one.alg === undefined || one.alg === header.alg),
  )
  const [key, ...more] = fitting
  if (!key)
    return bad(
      named.length > 0
        ? t('The key that the token names is for another algorithm.')
        : t(
            'None of these keys has the key id of the token: it is another issuer’s, or it was removed.',
          ),
    )
  if (more.length > 0) return note(t('The token names no key, and several of these match.'))
  const { d: _, use: __, key_ops: ___, alg: ____, ...open } = key
  return subtle.importKey('jwk', open, how, false, ['verify'])
}

/** @param {string} says @returns {Verdict} */
const good = (says) => ({ verdict: 'good', says })
/** @param {string} says @returns {Verdict} */
const bad = (says) => ({ verdict: 'bad', says })
/** @param {string} says @returns {Verdict} */
const note = (says) => ({ verdict: 'note', says })
