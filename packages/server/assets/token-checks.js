// What can be said of a token without its key: the checks of a verifier that need none.
import { isTime, moment, span } from './format.js'

/** @typedef {Readonly<Record<string, unknown>>} Json */
/** @typedef {{ readonly verdict: 'good' | 'bad' | 'note', readonly name: string, readonly says: string }} Check */

const signed =
  /^(?:ES(?:256|384|512)|RS(?:256|384|512)|PS(?:256|384|512)|EdDSA|Ed25519|ML-DSA-(?:44|65|87))$/
const clockSkew = 60 // seconds that two honest clocks may be apart

/** @param {string} name @param {string} says @returns {Check} */
export const good = (name, says) => ({ verdict: 'good', name, says })
/** @param {string} name @param {string} says @returns {Check} */
export const bad = (name, says) => ({ verdict: 'bad', name, says })
/** @param {string} name @param {string} says @returns {Check} */
export const note = (name, says) => ({ verdict: 'note', name, says })

/**
 * What the header says, judged.
 * @param {Json} header
 * @returns {Check[]}
 */
export function judgeHeader(header) {
  const checks = [judgeAlgorithm(header['alg']), judgeType(header['typ'])]
  const brought = ['jku', 'jwk', 'x5u', 'x5c'].filter((name) => name in header)
  if ('crit' in header)
    checks.push(bad('Critical', 'It names extensions that whoever does not know must refuse it.'))
  if (brought.length > 0)
    checks.push(
      note('Keys', `It brings ${brought.join(', ')}; who believes that believes everybody.`),
    )
  if (!('kid' in header))
    checks.push(note('Key', 'It does not name its key; of several, a verifier cannot know which.'))
  return checks
}

/** @param {unknown} alg */
function judgeAlgorithm(alg) {
  const name = 'Algorithm'
  if (typeof alg !== 'string') return bad(name, 'The header names none.')
  if (/^none$/i.test(alg)) return bad(name, '“none”: not signed, so anybody can have written it.')
  if (/^HS(?:256|384|512)$/.test(alg))
    return note(name, `${alg}: a shared secret. Whoever can check it can make one too.`)
  if (signed.test(alg)) return good(name, `${alg}: a private key signs, a public one checks.`)
  return bad(name, 'None that a verifier of ours knows; upper and lower case count.')
}

/** @param {unknown} typ */
function judgeType(typ) {
  const name = 'Type'
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : 'jwt'
  if (type === 'at+jwt') return good(name, 'An access token (RFC 9068).')
  if (type === 'jwt')
    return note(name, 'It does not say of what kind it is, so it can be taken for another kind.')
  return note(name, `“${type}”: no access token, so a guard for those refuses it.`)
}

/**
 * What the claims say, judged by the clock.
 * @param {Json} claims
 * @param {number} now
 * @returns {Check[]}
 */
export function judgeClaims(claims, now) {
  const { iss, aud, sub, exp, nbf, iat } = claims
  const lifetime = Number(exp) - Number(iat)
  const checks = [
    isText(iss) ? good('Issuer', iss) : bad('Issuer', 'It does not say who signed it.'),
    judgeAudience(aud),
    isText(sub) ? good('Subject', sub) : bad('Subject', 'sub must be a text, and not empty.'),
    judgeEnd(exp, now),
  ]
  if (nbf !== undefined) checks.push(judgeBeginning(nbf, now))
  checks.push(judgeIssue(iat, now))
  if (lifetime > 86_400 && lifetime < 1e11)
    checks.push(note('Lifetime', `${span(lifetime)}. Whoever steals it has it for as long.`))
  return checks
}

/** @param {unknown} aud */
function judgeAudience(aud) {
  const list = [aud].flat()
  if (list.length > 0 && list.every(isText)) return good('Audience', list.join(', '))
  return bad('Audience', 'It does not say whom it is for, so nobody should take it.')
}

/** @param {unknown} exp @param {number} now */
function judgeEnd(exp, now) {
  const name = 'End'
  if (exp === undefined) return bad(name, 'It never ends. No verifier of ours takes it.')
  if (!isTime(exp)) return bad(name, 'exp is no number of seconds.')
  if (exp > 1e11) return bad(name, 'exp is in milliseconds, and JWT wants seconds.')
  return exp > now
    ? good(name, `Ends ${moment(exp, now)}.`)
    : bad(name, `Ended ${moment(exp, now)}.`)
}

/** @param {unknown} nbf @param {number} now */
function judgeBeginning(nbf, now) {
  const name = 'Beginning'
  if (!isTime(nbf) || nbf > 1e11) return bad(name, 'nbf is no number of seconds.')
  return nbf <= now + clockSkew
    ? good(name, `Good since ${moment(nbf, now)}.`)
    : bad(name, `Not good before ${moment(nbf, now)}.`)
}

/** @param {unknown} iat @param {number} now */
function judgeIssue(iat, now) {
  const name = 'Issue'
  if (iat === undefined) return note(name, 'It does not say when it was issued.')
  if (!isTime(iat) || iat > 1e11) return bad(name, 'iat is no number of seconds.')
  return iat <= now + clockSkew
    ? good(name, `Issued ${moment(iat, now)}.`)
    : bad(name, `Issued ${moment(iat, now)}: a clock is wrong.`)
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === 'string' && value !== ''
}
