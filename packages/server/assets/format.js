// The meanings of header parameters and claims, and the formatting of their values.
import { locale, t } from './translate.js'

/** @typedef {import('./translate.js').Phrase} Phrase */

/** The meaning of each header parameter and claim, in one line.
 * @type {Readonly<Record<string, Phrase>>}
 */
export const meanings = Object.freeze({
  alg: 'Algorithm: how it is signed. A verifier goes by its key, never by this',
  typ: 'Type of the token. at+jwt is an access token',
  kid: 'Key id: which of the issuer’s keys signed it',
  cty: 'Content type of what is signed',
  crit: 'Critical: extensions that a verifier must support, or else reject the token',
  jku: 'The URL of a key set. Never trust it',
  jwk: 'A key inside the token. Never trust it',
  x5u: 'The URL of a certificate. Never trust it',
  x5c: 'A certificate inside the token. Never trust it',
  iss: 'Issuer: who issued and signed it',
  sub: 'Subject: the user that it is about',
  aud: 'Audience: the API that it is for. Every other API must reject it',
  exp: 'Expires: it is invalid from then on',
  nbf: 'Not before: it is invalid until then',
  iat: 'Issued at',
  jti: 'Id of this token',
  client_id: 'The application that requested it',
  scope: 'Scope: what it may be used for',
  sid: 'Id of the session that it belongs to',
  username: 'The user name, for display',
  auth_time: 'When the user last authenticated',
  amr: 'Authentication methods of the user',
  acr: 'Assurance level of the authentication',
  azp: 'Authorized party: the client that it was issued to',
  nonce: 'Ties an ID token to the request for it',
  at_hash: 'Ties an ID token to its access token',
  roles: 'Roles of the user',
  groups: 'Groups of the user',
  entitlements: 'What the user is entitled to',
  status: 'The entry of a status list that says whether it was revoked',
  cnf: 'Confirmation: the key that its holder must prove',
  act: 'Actor: who acts on behalf of the subject',
})

const times = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at'])

/** Formats a claim's value, and if it is a time, also in words.
 * @param {string} name
 * @param {unknown} value
 * @param {number} now
 */
export function formatClaim(name, value, now) {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const words = times.has(name) && isTime(value) && value < 1e11 ? moment(value, now) : ''
  return { text, words }
}

/** Formats a time in the local time zone, with its distance from now.
 * @param {number} at
 * @param {number} now
 */
export function moment(at, now) {
  const words = new Date(at * 1000).toLocaleString(locale, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  })
  const distance =
    Math.abs(at - now) < 1
      ? t('now')
      : at > now
        ? t('in {span}', { span: span(at - now) })
        : t('{span} ago', { span: span(now - at) })
  return `${words}, ${distance}`
}

/** Formats a duration.
 * @param {number} seconds
 */
export function span(seconds) {
  const whole = Math.floor(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return t('{count} days', { count: Math.floor(whole / 86_400) })
}

/** Returns whether a claim is a number of seconds.
 * @param {unknown} value
 * @returns {value is number}
 */
export function isTime(value) {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
