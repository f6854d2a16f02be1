import { createHmac, timingSafeEqual } from 'node:crypto'
import { algorithms } from '../jws/algorithms.ts'
import { decodeBase64url } from '../lib/base64url.ts'
import { isCountersignError } from '../lib/error.ts'
import type { Seconds } from '../lib/clock.ts'
import type { LenientToken } from './lenient-token.ts'
import type { TokenFailure } from '../failures.ts'
import type { VerificationKey } from '../jwk/key.ts'
import { boundAlgorithmOf, isUndeclared } from '../jwk/undeclared-algorithm.ts'
import { parseHeader } from '../jws/compact.ts'
import { smallDifference } from '../lib/small-difference.ts'
import type { CheckedPolicy } from './policy.ts'

/** Returns the common mistake behind a failure, in a sentence for the operator, or `undefined`. Quotes nothing of the token. */
export function likelyCauseOf(
  code: TokenFailure,
  token: LenientToken,
  policy: CheckedPolicy,
): string | undefined {
  const causeOf = likelyCauses[code]
  return causeOf?.(token, policy)
}

type CauseOf = (token: LenientToken, policy: CheckedPolicy) => string | undefined

const likelyCauses: { readonly [code in TokenFailure]?: CauseOf } = {
  token_too_large: () =>
    'claims that grow with the user (groups, permissions), or an ML-DSA token: raise maxLength if this is intended',
  token_malformed: ({ token, segments }) => malformedCause(token, segments.length),
  token_encrypted: () => 'the issuer encrypts its tokens; ask it for signed ones',
  header_critical: () => 'the issuer uses an extension of JWS, such as unencoded payloads',
  algorithm_not_allowed: algorithmCause,
  token_type_wrong: typeCause,
  key_unknown: unknownKeyCause,
  key_set_unavailable: unavailableCause,
  key_algorithm_wrong: keyAlgorithmCause,
  signature_wrong: signatureCause,
  claim_missing: missingClaimCause,
  claim_malformed: malformedClaimCause,
  issuer_wrong: ({ claims }, { claims: { issuer = '' } }) =>
    smallDifference(claims['iss'], [issuer]) ?? 'a token of another issuer or environment',
  audience_wrong: ({ claims }, { claims: { audiences } }) => {
    if (audiences.length === 0)
      return 'the token has an audience and the policy has none; name the audience in the policy'
    const named: readonly unknown[] = Array.isArray(claims['aud']) ? claims['aud'] : [claims['aud']]
    const difference = named.map((one) => smallDifference(one, audiences)).find((one) => one)
    return difference ?? 'a token for another service, sent to this one'
  },
  legacy_token_ended: () => 'a client that has not signed in since the move',
  token_expired: ({ claims, now }) => expiredCause(now - Number(claims['exp'])),
  token_not_yet_valid: ({ claims, now }) => futureCause(claims['nbf'], now),
  token_issued_in_future: ({ claims, now }) => futureCause(claims['iat'], now),
  token_too_old: () => 'the client keeps its token for longer than this policy allows',
  token_lifetime_too_long: ({ claims }) =>
    millisecondsCause(claims['exp']) ??
    'the issuer writes long-lived tokens: raise maxLifetime if this is intended',
}

function malformedCause(token: string, parts: number): string {
  if (token === '' || /^(undefined|null|\[object Object\]|NaN)$/.test(token))
    return 'the client sent a variable that held no token'
  if (/^bearer\s/i.test(token)) return 'the word Bearer was passed together with the token'
  if (/^["'<{[(].*["'>}\])]$/.test(token) && !/^{\s*"/.test(token))
    return 'quotation marks or brackets were sent with the token'
  if (/\s/.test(token)) return 'a blank or a line break, often from a file or a copy'
  if (token.includes('%')) return 'the token was percent-encoded in transit'
  if (token.startsWith('{')) return 'JSON was sent in place of its token member'
  if (parts === 1) return opaqueCause(token)
  if (parts === 2) return 'the token was cut off, or it was never signed'
  if (token.includes('=')) return 'the issuer writes base64 with padding, which RFC 7515 forbids'
  if (/[+/]/.test(token)) return 'the issuer writes plain base64 in place of base64url'
  return 'the token was changed or cut off in transit'
}

function opaqueCause(token: string): string {
  if (token.startsWith('eyJ')) return 'the token was cut off'
  if (token.startsWith('css_'))
    return 'the secret of a service account was sent: exchange it for an access token at the token endpoint'
  if (token.startsWith('csk_'))
    return 'an API token was sent: a guard with apiTokens exchanges it for an access token, as the token endpoint does'
  return 'an opaque secret, such as a refresh token or a session id, was sent as an access token'
}

function algorithmCause({ header }: LenientToken, { algorithms: allowed }: CheckedPolicy): string {
  const alg = header['alg']
  if (typeof alg === 'string' && alg.toLowerCase() === 'none')
    return 'an unsigned token: an attack, or a test token outside of its test'
  if (
    typeof alg === 'string' &&
    alg.startsWith('HS') &&
    ![...allowed].some((one) => one.startsWith('HS'))
  )
    return 'the attack that signs with the public key as a secret, or an issuer that was switched to a shared secret'
  return 'the issuer signs with another algorithm than the policy allows'
}

function malformedClaimCause(
  { claims }: LenientToken,
  { claims: { integerSubject }, settings }: CheckedPolicy,
): string {
  const usual = 'the issuer writes a time as text, or an empty name'
  if (settings.has('subject')) return `${usual}, or subject in the policy returns no text`
  return typeof claims['sub'] === 'number' && !integerSubject
    ? 'the issuer writes sub as a number, as older applications do: see createLegacyVerifier'
    : usual
}

function missingClaimCause(
  { claims }: LenientToken,
  { claims: { required }, settings }: CheckedPolicy,
): string {
  if ('nonce' in claims || 'at_hash' in claims) return 'an ID token was sent as an access token'
  const readBySubject = settings.has('subject') ? 'sub' : undefined
  const missing = required.filter((name) => name !== readBySubject && !Object.hasOwn(claims, name))
  if (missing.length === 0) return 'subject in the policy finds no subject in this token'
  if (missing[0] === 'sub')
    return 'the issuer does not write sub: return the claim that is the subject from subject in the policy'
  const cause = `the issuer does not write ${missing.join(', ')}`
  const waivable = missing.filter((name) => name === 'iat' || name === 'jti')
  if (waivable.length === 0 || settings.has('required')) return cause
  return waivable.includes('iat') && settings.has('maxAge')
    ? `${cause}; maxAge needs iat`
    : `${cause}; if this is intended, set required in the policy, which can waive iat and jti`
}

function typeCause({ header, claims }: LenientToken, { types, settings }: CheckedPolicy): string {
  if ('nonce' in claims || 'at_hash' in claims) return 'an ID token was sent as an access token'
  if (
    [claims['typ'], claims['type'], claims['token_use']].some((one) =>
      /^refresh$/i.test(String(one)),
    )
  )
    return 'a refresh token was sent as an access token'
  const typ = header['typ'] === undefined ? undefined : String(header['typ'])
  if ((typ === undefined || typ.toLowerCase() === 'jwt') && !types.has(undefined))
    return `the issuer does not give its access tokens a type of their own: set type to ${typ === undefined ? "'JWT or none'" : "'JWT'"} in the policy`
  if (typ !== undefined && /^(application\/)?at\+jwt$/i.test(typ) && settings.has('type'))
    return 'the issuer gives its access tokens the type at+jwt: leave type out of the policy'
  return 'a token of another kind (refresh, ID, logout) was sent as an access token'
}

function unknownKeyCause(
  { header, claims, now }: LenientToken,
  { claims: rules, keys }: CheckedPolicy,
): string {
  const { issuer } = rules
  if (issuer !== undefined && claims['iss'] !== undefined && claims['iss'] !== issuer)
    return (
      smallDifference(claims['iss'], [issuer]) ??
      'the token names another issuer, which has other keys'
    )
  const removedAt = keys.removedAt?.(String(header['kid']))
  if (removedAt !== undefined)
    return `the issuer removed this key from its key set ${Math.ceil(now - removedAt)} s ago, and the token is older`
  return header['kid'] === undefined
    ? 'the token has no kid, and none or several of these keys could be meant'
    : 'the issuer rotated its keys and this key set is older, or the key was revoked'
}

/** A key without `alg` has the algorithm of the policy, or that of the first token; every other key has its own. */
function keyAlgorithmCause(
  { segments: [head = ''] }: LenientToken,
  { keys, algorithms: allowed }: CheckedPolicy,
): string {
  const header = parseHeader(head)
  const key = keys.find(header, allowed)
  if (!key || !isUndeclared(key) || algorithms[header.alg].kty !== 'RSA')
    return 'the header was changed, or the issuer uses one kid for two keys'
  const bound = boundAlgorithmOf(key)
  return bound === undefined
    ? `the key has no alg and is used with ${key.algorithm}: if the issuer signs with another algorithm, name that one in algorithms`
    : `the key has no alg, and it verified tokens of ${bound} before, so it is used with no other algorithm`
}

/** Adds the problem that the key set itself reports, which quotes no token. */
function unavailableCause(
  { segments: [head = ''] }: LenientToken,
  { keys, algorithms: allowed }: CheckedPolicy,
): string {
  const cause = 'the URL of the key set does not answer, or its answer is not a key set'
  try {
    keys.find(parseHeader(head), allowed)
  } catch (error) {
    const problem =
      isCountersignError(error) && 'facts' in error ? error.facts['problem'] : undefined
    if (typeof problem === 'string') return `${cause}: ${problem}`
  }
  return cause
}

function signatureCause({ segments }: LenientToken, policy: CheckedPolicy): string {
  const [head = '', claims = '', signature = ''] = segments
  const key = policy.keys.find(parseHeader(head), policy.algorithms)
  const bytes = decodeBase64url(signature) ?? Buffer.alloc(0)
  if (key?.key.type === 'secret' && isSignedWithReencodedSecret(key, `${head}.${claims}`, bytes))
    return 'issuer and verifier read one secret in two ways: as text, decoded from base64 or hex, or with a line break or quotation marks around it'
  if (key?.algorithm.startsWith('ES') && bytes[0] === 0x30 && bytes.length > 66)
    return 'the issuer writes ECDSA signatures as DER; RFC 7518 requires R and S concatenated'
  const entry = key && algorithms[key.algorithm]
  if (entry && 'signatureBytes' in entry && bytes.length < entry.signatureBytes)
    return 'the token was cut off in transit: its signature is too short'
  return key?.key.type === 'secret'
    ? 'issuer and verifier have different secrets, or the token was changed'
    : 'the token was changed, or two environments use one kid for different keys'
}

/** Returns whether the HMAC is valid for the same secret after encoding or decoding it: the most common mistake with shared secrets. */
function isSignedWithReencodedSecret(
  { algorithm, key }: VerificationKey,
  text: string,
  code: Buffer,
): boolean {
  const entry = algorithms[algorithm]
  if (entry.kty !== 'oct' || code.length !== entry.signatureBytes) return false
  const own = key.export()
  const encoded = (['base64', 'base64url', 'hex'] as const).map((form) =>
    Buffer.from(own.toString(form)),
  )
  const latin1 = own.toString('latin1')
  const decoded = (['base64', 'hex'] as const).map((form) => Buffer.from(latin1, form))
  const wrapped = [`${latin1}\n`, `${latin1}\r\n`, `"${latin1}"`, latin1.trim()].map((one) =>
    Buffer.from(one, 'latin1'),
  )
  return [...encoded, ...decoded, ...wrapped].some(
    (secret) =>
      secret.length > 0 &&
      timingSafeEqual(createHmac(entry.hash, secret).update(text).digest(), code),
  )
}

const hour = 3600

function expiredCause(by: Seconds): string {
  return by < hour
    ? `it expired ${Math.ceil(by)} s ago: the client refreshes too late, or a clock is wrong by as much`
    : 'the client does not refresh its token'
}

function futureCause(at: unknown, now: Seconds): string {
  const by = Math.ceil(Number(at) - now)
  const hours = Math.round(by / 1800) / 2 // some zones are off by half an hour
  if (hours >= 1 && hours <= 14 && Math.abs(by - hours * hour) <= 60)
    return `the issuer writes local time instead of UTC: it is ${hours} h ahead`
  return millisecondsCause(at) ?? `the clocks of issuer and verifier are ${by} s apart`
}

function millisecondsCause(at: unknown): string | undefined {
  const isMilliseconds = typeof at === 'number' && at > 1e11
  return isMilliseconds ? 'the issuer writes milliseconds; JWT requires seconds' : undefined
}
