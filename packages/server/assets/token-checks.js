// The checks of a verifier that need no key.
import { isTime, moment, span } from './format.js'
import { t } from './translate.js'

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @typedef {import('./translate.js').Phrase} Phrase */
/** @typedef {{ readonly verdict: 'good' | 'bad' | 'note', readonly name: Phrase, readonly says: string }} Check The name is in English. */

const signed =
  /^(?:ES(?:256|384|512)|RS(?:256|384|512)|PS(?:256|384|512)|EdDSA|Ed25519|ML-DSA-(?:44|65|87))$/
const clockSkew = 60 // seconds that two correct clocks may differ by

/** @param {Phrase} name @param {string} says @returns {Check} */
export const good = (name, says) => ({ verdict: 'good', name, says })
/** @param {Phrase} name @param {string} says @returns {Check} */
export const bad = (name, says) => ({ verdict: 'bad', name, says })
/** @param {Phrase} name @param {string} says @returns {Check} */
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
        t('It names extensions. A verifier that does not support them must reject the token.'),
      ),
    )
  if (brought.length > 0)
    checks.push(
      note(
        'Keys',
        t('It carries {names}. A verifier that trusts those accepts tokens from anyone.', {
          names: brought.join(', '),
        }),
      ),
    )
  if (!('kid' in header))
    checks.push(
      note(
        'Key',
        t('It does not name its key, so a verifier with several keys cannot select one.'),
      ),
    )
  return checks
}

/** @param {unknown} alg */
function judgeAlgorithm(alg) {
  const name = 'Algorithm'
  if (typeof alg !== 'string') return bad(name, t('The header names no algorithm.'))
  if (/^none$/i.test(alg))
    return bad(name, t('“none”: it is not signed, so anyone can have written it.'))
  if (/^HS(?:256|384|512)$/.test(alg))
    return note(
      name,
      t('{alg}: a shared secret. Every verifier of the token can also sign one.', { alg }),
    )
  if (signed.test(alg))
    return good(name, t('{alg}: a private key signs, a public key verifies.', { alg }))
  return bad(name, t('This server’s verifier does not support it; names are case-sensitive.'))
}

/** @param {unknown} typ */
function judgeType(typ) {
  const name = 'Type'
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : 'jwt'
  if (type === 'at+jwt') return good(name, t('An access token (RFC 9068).'))
  if (type === 'jwt')
    return note(name, t('It does not name its type, so it can be mistaken for another type.'))
  return note(name, t('“{type}”: not an access token, so a guard rejects it.', { type }))
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
      : bad('Issuer', t('iss is missing: it does not name its issuer.')),
    judgeAudience(aud),
    isText(sub) ? good('Subject', sub) : bad('Subject', t('sub must be a non-empty string.')),
    judgeEnd(exp, now),
  ]
  if (nbf !== undefined) checks.push(judgeBeginning(nbf, now))
  checks.push(judgeIssue(iat, now))
  if (lifetime > 86_400 && lifetime < 1e11)
    checks.push(
      note(
        'Lifetime',
        t('{span}. A stolen token is usable for as long.', { span: span(lifetime) }),
      ),
    )
  return checks
}

/** @param {unknown} aud */
function judgeAudience(aud) {
  const list = [aud].flat()
  if (list.length > 0 && list.every(isText)) return good('Audience', list.join(', '))
  return bad(
    'Audience',
    t('aud is missing: it does not name its audience, so no API should accept it.'),
  )
}

/** @param {unknown} exp @param {number} now */
function judgeEnd(exp, now) {
  const name = 'Expiry'
  if (exp === undefined)
    return bad(name, t('exp is missing: it never expires. This server’s verifier rejects it.'))
  if (!isTime(exp)) return bad(name, t('exp is not a number of seconds.'))
  if (exp > 1e11) return bad(name, t('exp is in milliseconds; JWT requires seconds.'))
  return exp > now
    ? good(name, t('Expires {time}.', { time: moment(exp, now) }))
    : bad(name, t('Expired {time}.', { time: moment(exp, now) }))
}

/** @param {unknown} nbf @param {number} now */
function judgeBeginning(nbf, now) {
  const name = 'Not before'
  if (!isTime(nbf) || nbf > 1e11) return bad(name, t('nbf is not a number of seconds.'))
  return nbf <= now + clockSkew
    ? good(name, t('Valid since {time}.', { time: moment(nbf, now) }))
    : bad(name, t('Not valid before {time}.', { time: moment(nbf, now) }))
}

/** @param {unknown} iat @param {number} now */
function judgeIssue(iat, now) {
  const name = 'Issued at'
  if (iat === undefined) return note(name, t('iat is missing: it does not say when it was issued.'))
  if (!isTime(iat) || iat > 1e11) return bad(name, t('iat is not a number of seconds.'))
  return iat <= now + clockSkew
    ? good(name, t('Issued {time}.', { time: moment(iat, now) }))
    : bad(name, t('Issued {time}: a clock is wrong.', { time: moment(iat, now) }))
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === 'string' && value !== ''
}
