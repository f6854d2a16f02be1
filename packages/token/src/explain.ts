import { toIsoText, type Seconds } from './clock.ts'
import { isCountersignError } from './error.ts'
import { tokenFailures, type TokenFailure } from './failures.ts'
import { parseJsonObject, type JsonObject } from './json.ts'
import { decodeBase64url } from './base64url.ts'
import { likelyCauseOf } from './likely-cause.ts'
import { printable } from './printable.ts'
import type { CheckedPolicy } from './policy.ts'

/** What a verifier did with a token, check by check. For operators: it says more than a caller may know. */
export interface Explanation {
  readonly accepted: boolean
  /** The code that `verify` fails with; none when the token is good. */
  readonly code: TokenFailure | undefined
  /** In the order in which they are made. */
  readonly checks: readonly Check[]
}

/** One check. What was found is the token's own word: from the first failure on, and before the signature, nothing of it is proven. */
export interface Check {
  readonly name: string
  readonly verdict: 'passed' | 'failed' | 'not reached'
  readonly expected: string
  /** At most some 80 characters, printable ASCII. Never a signature, a secret or a whole token. */
  readonly found: string
  /** For the check that failed, where a usual mistake fits. */
  readonly likelyCause?: string
}

/** A token as far as it can be read, for those who explain. Believe nothing in it. */
export interface Sighting {
  readonly token: string
  readonly segments: readonly string[]
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly now: Seconds
}

/** A check by the codes that it fails with, and how it is told. */
interface Telling {
  readonly name: string
  readonly codes: readonly TokenFailure[]
  expected(policy: CheckedPolicy): string
  found(seen: Sighting): string
}

const date = (value: unknown) =>
  typeof value === 'number' && value >= 0 && value < 1e11
    ? `${value} (${toIsoText(value)})`
    : printable(value)
const bound = ({ claims: { leeway } }: CheckedPolicy) => `, give or take ${leeway} s`
const lengthOf = (segment: string | undefined) => `${segment?.length ?? 0} characters`

/** In the order of suspicion, which is that of the catalogue and of the verifier. */
const tellings: readonly Telling[] = [
  {
    name: 'size',
    codes: ['token_too_large'],
    expected: ({ maxLength }) => `at most ${maxLength} characters`,
    found: ({ token }) => lengthOf(token),
  },
  {
    name: 'form',
    codes: ['token_malformed', 'token_encrypted'],
    expected: () => 'three parts of canonical base64url, with dots between',
    found: ({ segments }) =>
      `${segments.length} ${segments.length === 1 ? 'part' : 'parts'} of ${segments.map(lengthOf).join(', ')}`,
  },
  {
    name: 'header',
    codes: ['header_malformed', 'header_critical'],
    expected: () => 'one JSON object with alg, no member twice, no crit',
    found: ({ header }) => printable(Object.keys(header).join(', ')),
  },
  {
    name: 'algorithm',
    codes: ['algorithm_not_allowed'],
    expected: ({ algorithms }) => [...algorithms].join(' or '),
    found: ({ header }) => printable(header['alg']),
  },
  {
    name: 'type',
    codes: ['token_type_wrong'],
    expected: ({ types }) => [...types].map((type) => type ?? 'none').join(' or '),
    found: ({ header }) => printable(header['typ']),
  },
  {
    name: 'key',
    codes: ['key_unknown', 'key_set_unavailable'],
    expected: () => 'one key of the issuer',
    found: ({ header }) => `kid ${printable(header['kid'])}`,
  },
  {
    name: 'key algorithm',
    codes: ['key_algorithm_wrong'],
    expected: () => 'the one algorithm of the key that kid names',
    found: ({ header }) => printable(header['alg']),
  },
  {
    name: 'signature',
    codes: ['signature_wrong'],
    expected: () => 'made with that key over these very bytes',
    found: ({ segments }) => lengthOf(segments[2]),
  },
  {
    name: 'claims',
    codes: ['claims_malformed'],
    expected: () => 'one JSON object, no member twice, bounded in depth and size',
    found: ({ claims }) => printable(Object.keys(claims).join(', ')),
  },
  {
    name: 'required claims',
    codes: ['claim_missing'],
    expected: ({ claims }) => claims.required.join(', '),
    found: ({ claims }) => printable(Object.keys(claims).join(', ')),
  },
  {
    name: 'form of claims',
    codes: ['claim_malformed'],
    expected: () => 'iss, sub, jti and aud are texts, exp, nbf and iat numbers of seconds',
    found: ({ claims }) => printable(formsOf(claims)),
  },
  {
    name: 'issuer',
    codes: ['issuer_wrong'],
    expected: ({ claims }) => claims.issuer ?? 'anybody who has the key',
    found: ({ claims }) => printable(claims['iss']),
  },
  {
    name: 'audience',
    codes: ['audience_wrong'],
    expected: ({ claims }) => [...claims.audiences].join(' or ') || 'none',
    found: ({ claims }) => printable(claims['aud']),
  },
  {
    name: 'end (exp)',
    codes: ['token_expired'],
    expected: (policy) => `after now${bound(policy)}`,
    found: ({ claims }) => date(claims['exp']),
  },
  {
    name: 'beginning (nbf)',
    codes: ['token_not_yet_valid'],
    expected: (policy) => `not after now${bound(policy)}`,
    found: ({ claims }) => date(claims['nbf']),
  },
  {
    name: 'issue (iat)',
    codes: ['token_issued_in_future'],
    expected: (policy) => `not after now${bound(policy)}`,
    found: ({ claims }) => date(claims['iat']),
  },
  {
    name: 'lifetime (exp - iat)',
    codes: ['token_lifetime_too_long'],
    expected: ({ claims }) => `at most ${claims.maxLifetime} s`,
    found: ({ claims: { exp, iat } }) => `${printable(exp)} - ${printable(iat)}`,
  },
  {
    name: 'age (now - iat)',
    codes: ['token_too_old'],
    expected: ({ claims: { maxAge } }) => (maxAge === undefined ? 'any' : `at most ${maxAge} s`),
    found: ({ claims, now }) => `now is ${date(now)}, iat ${date(claims['iat'])}`,
  },
]

/**
 * Tells what `attempt`, the verifier's own work, did with a token, so that the explanation cannot disagree with the verdict.
 * Passes on errors that are not of this package.
 */
export function explain(token: string, policy: CheckedPolicy, attempt: () => void): Explanation {
  const code = codeOf(attempt)
  const seen = sightingOf(token, policy)
  const at = tellings.findIndex(({ codes }) => codes.some((one) => one === code))
  const failed = code === undefined ? tellings.length : at
  const cause = code === undefined ? undefined : likelyCauseOf(code, seen, policy)
  const checks = tellings.map(({ name, expected, found }, place): Check => {
    const verdict = place < failed ? 'passed' : place === failed ? 'failed' : 'not reached'
    const told = { name, verdict, expected: expected(policy), found: found(seen) } as const
    return place === failed && cause !== undefined ? { ...told, likelyCause: cause } : told
  })
  return { accepted: code === undefined, code, checks }
}

function codeOf(attempt: () => void): TokenFailure | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (isCountersignError(error) && Object.hasOwn(tokenFailures, error.code))
      return error.code as TokenFailure
    throw error
  }
}

/** Reads what can be read, leniently where the verifier is strict, and nothing of a token that is too large. */
function sightingOf(token: string, { maxLength, clock }: CheckedPolicy): Sighting {
  const text = typeof token === 'string' ? token : ''
  const segments = text.slice(0, maxLength).split('.', 6)
  const read = (segment = '') => {
    const bytes = decodeBase64url(segment)
    return (bytes && parseJsonObject(bytes)) ?? {}
  }
  const [first, second] = text.length > maxLength ? [] : segments
  return { token: text, segments, header: read(first), claims: read(second), now: clock.now() }
}

function formsOf(claims: JsonObject): string {
  const names = ['iss', 'sub', 'jti', 'aud', 'exp', 'nbf', 'iat'].filter((name) => name in claims)
  const form = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value)
  return names.map((name) => `${name}: ${form(claims[name])}`).join(', ')
}
