// What members and claims mean, and how their values are told.

/** What is known of members and claims, in one line each. */
export const meanings = Object.freeze({
  alg: 'Algorithm: how it is signed. A verifier decides by its key, never by this',
  typ: 'Type: which kind of token it is. at+jwt is an access token',
  kid: 'Key: which of the issuer’s keys signed it',
  cty: 'Content: what kind of thing is signed',
  crit: 'Critical: members that whoever does not know must refuse',
  jku: 'An address of keys. Never to be believed',
  jwk: 'A key that the token brings itself. Never to be believed',
  x5u: 'An address of a certificate. Never to be believed',
  x5c: 'A certificate that the token brings itself. Never to be believed',
  iss: 'Issuer: who signed it',
  sub: 'Subject: whom it is about',
  aud: 'Audience: whom it is for. Everybody else must refuse it',
  exp: 'Expires: from then on it is worth nothing',
  nbf: 'Not before: until then it is worth nothing',
  iat: 'Issued at',
  jti: 'A name of this very token',
  client_id: 'Which application asked for it',
  scope: 'What it may be used for',
  sid: 'Session: which sign-in it belongs to',
  username: 'The user’s name, for showing',
  auth_time: 'When its user last proved who they are',
  amr: 'How they proved it',
  acr: 'How sure that is',
  azp: 'Which party asked for it',
  nonce: 'Ties an ID token to the request for it',
  at_hash: 'Ties an ID token to its access token',
  roles: 'Roles of the user',
  groups: 'Groups of the user',
  entitlements: 'What the user is entitled to',
  status: 'Where a verifier looks up whether it is still good',
  cnf: 'Confirmation: the key that its holder must show',
  act: 'Who acts in the subject’s place',
})

const times = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at'])

/**
 * A claim's value, and of a time what it is in words.
 * @param {string} name
 * @param {unknown} value
 * @param {number} now
 */
export function told(name, value, now) {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const words = times.has(name) && isTime(value) && value < 1e11 ? moment(value, now) : ''
  return { text, words }
}

/**
 * A moment as people read it, in their own zone, and how far away it is.
 * @param {number} at
 * @param {number} now
 */
export function moment(at, now) {
  const words = new Date(at * 1000).toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'medium',
  })
  const distance =
    Math.abs(at - now) < 1 ? 'now' : at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`
  return `${words}, ${distance}`
}

/**
 * A length of time.
 * @param {number} seconds
 */
export function span(seconds) {
  const whole = Math.floor(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${Math.floor(whole / 86_400)} days`
}

/**
 * Whether a claim is a number of seconds.
 * @param {unknown} value
 * @returns {value is number}
 */
export function isTime(value) {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
