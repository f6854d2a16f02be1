import { isCountersignError, type CountersignError, type Explanation } from '@countersign/token'
import { noApiTokens, type AccessTokens } from './access-tokens.ts'

const causes: Readonly<Record<string, readonly [found: string, likelyCause: string]>> = {
  api_token_malformed: ['another checksum', 'it was mistyped, or a part of it is missing'],
  api_token_refused: [
    'one that the issuer refuses',
    'it was revoked, has expired, or is for another audience than that of this guard',
  ],
  exchange_unavailable: [
    'one that was not exchanged yet',
    'the issuer did not answer, or limits its callers',
  ],
}

/** Explains an API token: its exchange, and then the access token as `explain` does. Never holds a token. */
export function explainApiToken(
  credential: string,
  accessTokens: AccessTokens,
  explain: (token: string) => Explanation,
): Explanation {
  const check = { name: 'API token', expected: 'one that the issuer exchanges' }
  if (accessTokens === noApiTokens) {
    const likelyCause = 'an API token was sent, and this guard accepts none: see apiTokens'
    const failed = {
      ...check,
      expected: 'none',
      found: 'one',
      verdict: 'failed',
      likelyCause,
    } as const
    return { accepted: false, code: 'token_malformed', checks: [failed] }
  }
  try {
    const explained = explain(accessTokens.find(credential))
    const passed = { ...check, found: 'one with an access token', verdict: 'passed' } as const
    return { ...explained, checks: [passed, ...explained.checks] }
  } catch (error) {
    if (!isCountersignError(error)) throw error
    return {
      accepted: false,
      code: undefined,
      checks: [{ ...check, verdict: 'failed', ...causeOf(error) }],
    }
  }
}

function causeOf({ code, facts }: CountersignError) {
  const [found = 'another', usual = ''] = causes[code] ?? []
  const { problem } = facts
  return { found, likelyCause: typeof problem === 'string' ? problem : usual }
}
