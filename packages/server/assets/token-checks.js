// The checks of a verifier that need no key.
import { isTime, moment, span } from './format.js'

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @typedef {{ readonly verdict: 'good' | 'bad' | 'note', readonly name: string, readonly says: string }} Check */

const signed =
  /^(?:ES(?:256|384|512)|RS(?:256|384|512)|PS(?:256|384|512)|EdDSA|Ed25519|ML-DSA-(?:44|65|87))$/
const clockSkew = 60 // seconds that two correct clocks may differ by

/** @param {string} name @param {string} says @returns {Check} */
export const good = (name, says) => ({ verdict: 'good', name, says })
/** @param {string} name @param {string} says @returns {Check} */
export const bad = (name, says) => ({ verdict: 'bad', name, says })
/** @param {string} name @param {string} says @returns {Check} */
export const note = (name, says) => ({ verdict: 'note', name, says })

/** Checks the header.
 * @param {Json} header
 * @returns {Check[]}
 */
export function judgeHeader(header) {
  const checks = [judgeAlgorithm(header['alg']), judgeType(header['typ'])]
  const brought = ['jku', 'jwk', 'x5u', 'x5c'].filter((name) => name in header)
  if ('crit' in header)
    checks.push(
      bad(
        'Critical',
        'It names extensions. A verifier that does not support them must reject the token.',
      ),
    )
  if (brought.length > 0)
    checks.push(
      note(
        'Keys',
        `It carries ${brought.join(', ')}. A verifier that trusts those accepts tokens from anyone.`,
      ),
    )
  if (!('kid' in header))
    checks.push(
      note('Key', 'It does not name its key, so a verifier with several keys cannot select one.'),
    )
  return checks
}

/** @param {unknown} alg */
function judgeAlgorithm(alg) {
  const name = 'Algorithm'
  if (typeof alg !== 'string') return bad(name, 'The header names no algorithm.')
  if (/^none$/i.test(alg))
    return bad(name, '“none”: it is not signed, so anyone can have written it.')
  if (/^HS(?:256|384|512)$/.test(alg))
    return note(name, `${alg}: a shared secret. Every verifier of the token can also sign one.`)
  if (signed.test(alg)) return good(name, `${alg}: a private key signs, a public key verifies.`)
  return bad(name, 'This server’s verifier does not support it; names are case-sensitive.')
}

/** @param {unknown} typ */
function judgeType(typ) {
  const name = 'Type'
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : 'jwt'
  if (type === 'at+jwt') return good(name, 'An access token (RFC 9068).')
  if (type === 'jwt')
    return note(name, 'It does not name its type, so it can be mistaken for another type.')
  return note(name, `“${type}”: not an access token, so a guard rejects it.`)
}

/** Checks the claims against the clock.
 * @param {Json} claims
 * @param {number} now
 * @returns {Check[]}
 */
export function judgeClaims(claims, now) {
  const { iss, aud, sub, exp, nbf, iat } = claims
  const lifetime = Number(exp) - Number(iat)
  const checks = [
    isText(iss)
      ? good('Issuer', iss)
      : bad('Issuer', 'iss is missing: it does not name its issuer.'),
    judgeAudience(aud),
    isText(sub) ? good('Subject', sub) : bad('Subject', 'sub must be a non-empty string.'),
    judgeEnd(exp, now),
  ]
  if (nbf !== undefined) checks.push(judgeBeginning(nbf, now))
  checks.push(judgeIssue(iat, now))
  if (lifetime > 86_400 && lifetime < 1e11)
    checks.push(note('Lifetime', `${span(lifetime)}. A stolen token is usable for as long.`))
  return checks
}

/** @param {unknown} aud */
function judgeAudience(aud) {
  const list = [aud].flat()
  if (list.length > 0 && list.every(isText)) return good('Audience', list.join(', '))
  return bad(
    'Audience',
    'aud is missing: it does not name its audience, so no API should accept it.',
  )
}

/** @param {unknown} exp @param {number} now */
function judgeEnd(exp, now) {
  const name = 'Expiry'
  if (exp === undefined)
    return bad(name, 'exp is missing: it never expires. This server’s verifier rejects it.')
  if (!isTime(exp)) return bad(name, 'exp is not a number of seconds.')
  if (exp > 1e11) return bad(name, 'exp is in milliseconds; JWT requires seconds.')
  return exp > now
    ? good(name, `Expires ${moment(exp, now)}.`)
    : bad(name, `Expired ${moment(exp, now)}.`)
}

/** @param {unknown} nbf @param {number} now */
function judgeBeginning(nbf, now) {
  const name = 'Not before'
  if (!isTime(nbf) || nbf > 1e11) return bad(name, 'nbf is not a number of seconds.')
  return nbf <= now + clockSkew
    ? good(name, `Valid since ${moment(nbf, now)}.`)
    : bad(name, `Not valid before ${moment(nbf, now)}.`)
}

/** @param {unknown} iat @param {number} now */
function judgeIssue(iat, now) {
  const name = 'Issued at'
  if (iat === undefined) return note(name, 'iat is missing: it does not say when it was issued.')
  if (!isTime(iat) || iat > 1e11) return bad(name, 'iat is not a number of seconds.')
  return iat <= now + clockSkew
    ? good(name, `Issued ${moment(iat, now)}.`)
    : bad(name, `Issued ${moment(iat, now)}: a clock is wrong.`)
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === 'string' && value !== ''
}
