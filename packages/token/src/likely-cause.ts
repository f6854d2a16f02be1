import { createHmac, timingSafeEqual } from 'node:crypto'
import { algorithms } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import { isCountersignError } from './error.ts'
import type { Seconds } from './clock.ts'
import type { Sighting } from './explain.ts'
import type { TokenFailure } from './failures.ts'
import type { VerificationKey } from './key.ts'
import { parseHeader } from './jws.ts'
import { nearMiss } from './near-miss.ts'
import type { CheckedPolicy } from './policy.ts'

/** The usual mistake behind a refusal, in a sentence for the operator, or `undefined` when none fits. Quotes nothing of the token. */
export function likelyCauseOf(
  code: TokenFailure,
  seen: Sighting,
  policy: CheckedPolicy,
): string | undefined {
  const guess = guesses[code]
  return guess?.(seen, policy)
}

type Guess = (seen: Sighting, policy: CheckedPolicy) => string | undefined

const guesses: { readonly [code in TokenFailure]?: Guess } = {
  token_too_large: () =>
    'claims that grow with the user (groups, permissions), or an ML-DSA token: raise maxLength if it is meant',
  token_malformed: ({ token, segments }) => misread(token, segments.length),
  token_encrypted: () => 'the issuer encrypts its tokens; ask it for signed ones',
  header_critical: () => 'the issuer uses an extension of JWS, such as unencoded payloads',
  algorithm_not_allowed: wrongAlgorithm,
  token_type_wrong: wrongType,
  key_unknown: unknownKey,
  key_set_unavailable: keysUnavailable,
  key_algorithm_wrong: () => 'the header was changed, or the issuer uses one kid for two keys',
  signature_wrong: wrongSignature,
  claim_missing: ({ claims }, { claims: { required } }) => {
    if ('nonce' in claims || 'at_hash' in claims) return 'an ID token was sent as an access token'
    const missing = required.filter((name) => !Object.hasOwn(claims, name))
    return `the issuer does not write ${missing.join(', ')}; if that is meant, say so in the policy's required where it may be said`
  },
  claim_malformed: ({ claims }) =>
    typeof claims['sub'] === 'number'
      ? 'the issuer writes sub as a number, as older applications do: see createLegacyVerifier'
      : 'the issuer writes a time as text, or an empty name',
  issuer_wrong: ({ claims }, { claims: { issuer = '' } }) =>
    nearMiss(claims['iss'], [issuer]) ?? 'a token of another issuer or environment',
  audience_wrong: ({ claims }, { claims: { audiences } }) => {
    if (audiences.size === 0) return 'it is meant for somebody; name the audience in the policy'
    const meant: readonly unknown[] = Array.isArray(claims['aud']) ? claims['aud'] : [claims['aud']]
    const near = meant.map((one) => nearMiss(one, [...audiences])).find((one) => one)
    return near ?? 'a token for another service, sent to this one'
  },
  token_expired: ({ claims, now }) => late(now - Number(claims['exp'])),
  token_not_yet_valid: ({ claims, now }) => early(claims['nbf'], now),
  token_issued_in_future: ({ claims, now }) => early(claims['iat'], now),
  token_too_old: () => 'the client keeps its token for longer than this policy allows',
  token_lifetime_too_long: ({ claims }) =>
    inMilliseconds(claims['exp']) ??
    'the issuer writes long-lived tokens: raise maxLifetime if it is meant',
}

function misread(token: string, parts: number): string {
  if (token === '' || /^(undefined|null|\[object Object\]|NaN)$/.test(token))
    return 'the client sent a variable that held no token'
  if (/^bearer\s/i.test(token)) return 'the word Bearer was handed over with the token'
  if (/^["'<{[(].*["'>}\])]$/.test(token) && !/^{\s*"/.test(token))
    return 'quotation marks or brackets were sent with the token'
  if (/\s/.test(token)) return 'a blank or a line break, often from a file or a copy'
  if (token.includes('%')) return 'the token was percent-encoded on its way'
  if (token.startsWith('{')) return 'JSON was sent in place of its token member'
  if (parts === 1)
    return 'an opaque secret, such as a refresh token or a session id, was sent as an access token'
  if (parts === 2) return 'the token was cut off, or it was never signed'
  if (token.includes('=')) return 'the issuer writes base64 with padding, which RFC 7515 forbids'
  if (/[+/]/.test(token)) return 'the issuer writes plain base64 in place of base64url'
  return 'the token was changed or cut off on its way'
}

function wrongAlgorithm({ header }: Sighting, { algorithms: allowed }: CheckedPolicy): string {
  const alg = header['alg']
  if (typeof alg === 'string' && alg.toLowerCase() === 'none')
    return 'an unsigned token: an attack, or a test that got out'
  if (
    typeof alg === 'string' &&
    alg.startsWith('HS') &&
    ![...allowed].some((one) => one.startsWith('HS'))
  )
    return 'the attack that signs with the public key as a secret, or an issuer that was switched to a shared secret'
  return 'the issuer signs with another algorithm than the policy was told'
}

function wrongType({ header, claims }: Sighting): string {
  if ('nonce' in claims || 'at_hash' in claims) return 'an ID token was sent as an access token'
  if (
    [claims['typ'], claims['type'], claims['token_use']].some((one) =>
      /^refresh$/i.test(String(one)),
    )
  )
    return 'a refresh token was sent as an access token'
  if (header['typ'] === undefined || String(header['typ']).toLowerCase() === 'jwt')
    return 'an issuer that does not type its access tokens: set type to JWT in the policy, or see createLegacyVerifier'
  return 'a token of another kind (refresh, ID, logout) was sent as an access token'
}

function unknownKey(
  { header, claims, now }: Sighting,
  { claims: rules, keys }: CheckedPolicy,
): string {
  const { issuer } = rules
  if (issuer !== undefined && claims['iss'] !== undefined && claims['iss'] !== issuer)
    return nearMiss(claims['iss'], [issuer]) ?? 'it claims another issuer, whose keys are not these'
  const withdrawnAt = keys.withdrawnAt?.(String(header['kid']))
  if (withdrawnAt !== undefined)
    return `the issuer withdrew this key ${Math.ceil(now - withdrawnAt)} s ago, and the token is from before`
  return header['kid'] === undefined
    ? 'the issuer names no kid, and of these keys none or several would do'
    : 'the issuer rotated its keys and this set is older, or the key is withdrawn'
}

/** What the key set itself says stands in the way; it quotes no token. */
function keysUnavailable({ segments: [head = ''] }: Sighting, { keys }: CheckedPolicy): string {
  const say = 'the address of the key set does not answer, or what it answers is no key set'
  try {
    keys.find(parseHeader(head))
  } catch (error) {
    const problem =
      isCountersignError(error) && 'facts' in error ? error.facts['problem'] : undefined
    if (typeof problem === 'string') return `${say}: ${problem}`
  }
  return say
}

function wrongSignature(seen: Sighting, policy: CheckedPolicy): string {
  const [head = '', claims = '', signature = ''] = seen.segments
  const key = policy.keys.find(parseHeader(head))
  const bytes = decodeBase64url(signature) ?? Buffer.alloc(0)
  if (key?.key.type === 'secret' && signsWithOtherSpelling(key, `${head}.${claims}`, bytes))
    return 'issuer and verifier read one secret in two ways: as text, as the bytes that it is the base64 or hex of, or with a line break or quotation marks about it'
  if (key?.algorithm.startsWith('ES') && bytes[0] === 0x30 && bytes.length > 66)
    return 'the issuer writes ECDSA signatures as DER; RFC 7518 wants R and S side by side'
  const entry = key && algorithms[key.algorithm]
  if (entry && 'signatureBytes' in entry && bytes.length < entry.signatureBytes)
    return 'the token was cut off on its way: its signature is too short'
  return key?.key.type === 'secret'
    ? 'issuer and verifier have different secrets, or the token was changed'
    : 'the token was changed, or two environments use one kid for different keys'
}

/** Whether the code fits under the same secret, written or read as base64 or hex: the commonest slip with shared secrets. */
function signsWithOtherSpelling(
  { algorithm, key }: VerificationKey,
  text: string,
  code: Buffer,
): boolean {
  const entry = algorithms[algorithm]
  if (entry.kty !== 'oct' || code.length !== entry.signatureBytes) return false
  const own = key.export()
  const written = (['base64', 'base64url', 'hex'] as const).map((form) =>
    Buffer.from(own.toString(form)),
  )
  const latin1 = own.toString('latin1')
  const read = (['base64', 'hex'] as const).map((form) => Buffer.from(latin1, form))
  const dressed = [`${latin1}\n`, `${latin1}\r\n`, `"${latin1}"`, latin1.trim()].map((one) =>
    Buffer.from(one, 'latin1'),
  )
  return [...written, ...read, ...dressed].some(
    (secret) =>
      secret.length > 0 &&
      timingSafeEqual(createHmac(entry.hash, secret).update(text).digest(), code),
  )
}

const hour = 3600

function late(by: Seconds): string {
  return by < hour
    ? `it ended ${Math.ceil(by)} s ago: the client renews too late, or a clock is off by as much`
    : 'the client does not renew its token'
}

function early(at: unknown, now: Seconds): string {
  const by = Math.ceil(Number(at) - now)
  const hours = Math.round(by / 1800) / 2 // some zones are off by half an hour
  if (hours >= 1 && hours <= 14 && Math.abs(by - hours * hour) <= 60)
    return `the issuer writes local time where UTC is wanted: it is ${hours} h ahead`
  return inMilliseconds(at) ?? `the clocks of issuer and verifier are ${by} s apart`
}

function inMilliseconds(at: unknown): string | undefined {
  return typeof at === 'number' && at > 1e11
    ? 'the issuer writes milliseconds; JWT wants seconds'
    : undefined
}
