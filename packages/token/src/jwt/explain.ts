import { tokenFailures, type TokenFailure } from '../failures.ts'
import { toIsoText } from '../lib/clock.ts'
import { isCountersignError, type CountersignError } from '../lib/error.ts'
import type { JsonObject } from '../lib/json.ts'
import { readLeniently, type LenientToken } from './lenient-token.ts'
import { toPrintableText } from '../lib/printable-text.ts'
import { likelyCauseOf } from './likely-cause.ts'
import type { CheckedPolicy } from './policy.ts'

/**
 * The result of each check of a token. For operators: it contains more than a caller may know.
 *
 * @example
 * import type { Explanation } from '@countersign/token'
 *
 * const causeOf = ({ checks }: Explanation) =>
 *   checks.find(({ verdict }) => verdict === 'failed')?.likelyCause
 */
export interface Explanation {
  readonly accepted: boolean
  /** The code that `verify` fails with; `undefined` for an accepted token. */
  readonly code: TokenFailure | undefined
  /** In the order of verification. */
  readonly checks: readonly Check[]
}

/** One check. The found value comes from the token: before the signature check and after the first failure it is not verified. */
export interface Check {
  readonly name: string
  readonly verdict: 'passed' | 'failed' | 'not reached'
  readonly expected: string
  /** At most some 80 characters, printable ASCII. Never a signature, a secret or a whole token. */
  readonly found: string
  /** For the failed check, if a common mistake explains it. */
  readonly likelyCause?: string
}

/** The description of a check, and the codes that it fails with. */
interface CheckDescription {
  readonly name: string
  readonly codes: readonly TokenFailure[]
  expected(policy: CheckedPolicy): string
  found(token: LenientToken): string
}

const date = (value: unknown) =>
  typeof value === 'number' && value >= 0 && value < 1e11
    ? `${value} (${toIsoText(value)})`
    : toPrintableText(value)
const tolerance = ({ claims: { leeway } }: CheckedPolicy) => `, give or take ${leeway} s`
const lengthOf = (segment: string | undefined) => `${segment?.length ?? 0} characters`

/** All checks, in the order of the verifier and of the failure codes. */
const checkDescriptions: readonly CheckDescription[] = [
  {
    name: 'size',
    codes: ['token_too_large'],
    expected: ({ maxLength }) => `at most ${maxLength} characters`,
    found: ({ token }) => lengthOf(token),
  },
  {
    name: 'form',
    codes: ['token_malformed', 'token_encrypted'],
    expected: () => 'three parts of canonical base64url, separated by dots',
    found: ({ segments }) =>
      `${segments.length} ${segments.length === 1 ? 'part' : 'parts'} of ${segments.map(lengthOf).join(', ')}`,
  },
  {
    name: 'header',
    codes: ['header_malformed', 'header_critical'],
    expected: () => 'one JSON object with alg, without duplicate members, without crit',
    found: ({ header }) => toPrintableText(Object.keys(header).join(', ')),
  },
  {
    name: 'algorithm',
    codes: ['algorithm_not_allowed'],
    expected: ({ algorithms }) => [...algorithms].join(' or '),
    found: ({ header }) => toPrintableText(header['alg']),
  },
  {
    name: 'type',
    codes: ['token_type_wrong'],
    expected: ({ types }) => [...types].map((type) => type ?? 'none').join(' or '),
    found: ({ header }) => toPrintableText(header['typ']),
  },
  {
    name: 'key',
    codes: ['key_unknown', 'key_set_unavailable', 'issuer_mismatch'],
    expected: () => 'a key of the issuer',
    found: ({ header }) => `kid ${toPrintableText(header['kid'])}`,
  },
  {
    name: 'key algorithm',
    codes: ['key_algorithm_wrong'],
    expected: () => 'the algorithm of the key that kid names',
    found: ({ header }) => toPrintableText(header['alg']),
  },
  {
    name: 'signature',
    codes: ['signature_wrong'],
    expected: () => 'made with that key over exactly these bytes',
    found: ({ segments }) => lengthOf(segments[2]),
  },
  {
    name: 'claims',
    codes: ['claims_malformed'],
    expected: () => 'one JSON object without duplicate members, limited in depth and size',
    found: ({ claims }) => toPrintableText(Object.keys(claims).join(', ')),
  },
  {
    name: 'required claims',
    codes: ['claim_missing'],
    expected: ({ claims }) => claims.required.join(', '),
    found: ({ claims }) => toPrintableText(Object.keys(claims).join(', ')),
  },
  {
    name: 'form of claims',
    codes: ['claim_malformed'],
    expected: () => 'strings in iss, sub, jti and aud; numbers of seconds in exp, nbf and iat',
    found: ({ claims }) => toPrintableText(formsOf(claims)),
  },
  {
    name: 'issuer',
    codes: ['issuer_wrong'],
    expected: ({ claims }) => claims.issuer ?? 'any holder of the key',
    found: ({ claims }) => toPrintableText(claims['iss']),
  },
  {
    name: 'audience',
    codes: ['audience_wrong'],
    expected: ({ claims }) => claims.audiences.join(' or ') || 'none',
    found: ({ claims }) => toPrintableText(claims['aud']),
  },
  {
    name: 'end (exp)',
    codes: ['legacy_token_ended', 'token_expired'],
    expected: (policy) =>
      `after now${tolerance(policy)}${policy.claims.until === undefined ? '' : `, and now before ${date(policy.claims.until)}`}`,
    found: ({ claims }) => date(claims['exp']),
  },
  {
    name: 'beginning (nbf)',
    codes: ['token_not_yet_valid'],
    expected: (policy) => `not after now${tolerance(policy)}`,
    found: ({ claims }) => date(claims['nbf']),
  },
  {
    name: 'issue (iat)',
    codes: ['token_issued_in_future'],
    expected: (policy) => `not after now${tolerance(policy)}`,
    found: ({ claims }) => date(claims['iat']),
  },
  {
    name: 'lifetime (exp - iat)',
    codes: ['token_lifetime_too_long'],
    expected: ({ claims }) => `at most ${claims.maxLifetime} s`,
    found: ({ claims: { exp, iat } }) => `${toPrintableText(exp)} - ${toPrintableText(iat)}`,
  },
  {
    name: 'age (now - iat)',
    codes: ['token_too_old'],
    expected: ({ claims: { maxAge } }) => (maxAge === undefined ? 'any' : `at most ${maxAge} s`),
    found: ({ claims, now }) => `now is ${date(now)}, iat ${date(claims['iat'])}`,
  },
]

/**
 * Explains what `attempt`, the verifier's own work, does with a token, so that the explanation cannot contradict the verifier.
 * Rethrows errors that are not failures of this package.
 */
export function explain(token: string, policy: CheckedPolicy, attempt: () => void): Explanation {
  const failure = failureOf(attempt)
  const code = failure?.code as TokenFailure | undefined // `failureOf` has looked it up in the catalogue
  const readable = readLeniently(token, policy)
  const at = checkDescriptions.findIndex(({ codes }) => codes.some((one) => one === code))
  const failed = code === undefined ? checkDescriptions.length : at
  const cause = code === undefined ? undefined : likelyCauseOf(code, readable, policy)
  const checks = checkDescriptions.map(({ name, expected, found }, place): Check => {
    const verdict = place < failed ? 'passed' : place === failed ? 'failed' : 'not reached'
    const description = {
      name,
      verdict,
      expected: expected(policy),
      found: found(readable),
    } as const
    return place === failed
      ? {
          ...description,
          ...(cause === undefined ? {} : { likelyCause: cause }),
          ...namesOf(failure),
        }
      : description
  })
  return { accepted: code === undefined, code, checks }
}

/** Returns what a failure of the issuer's metadata says about itself: the two names, and how they differ. */
function namesOf(failure: CountersignError | undefined): Partial<Check> {
  if (failure?.code !== 'issuer_mismatch') return {}
  const { expected, found, likelyCause } = failure.facts
  return {
    expected: `metadata that name ${toPrintableText(expected)}`,
    found: `metadata that name ${toPrintableText(found)}`,
    ...(typeof likelyCause === 'string' && { likelyCause }),
  }
}

function failureOf(attempt: () => void): CountersignError | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (isCountersignError(error) && Object.hasOwn(tokenFailures, error.code)) return error
    throw error
  }
}

function formsOf(claims: JsonObject): string {
  const names = ['iss', 'sub', 'jti', 'aud', 'exp', 'nbf', 'iat'].filter((name) => name in claims)
  const form = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value)
  return names.map((name) => `${name}: ${form(claims[name])}`).join(', ')
}
