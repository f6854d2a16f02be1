import { createApiTokenSigner, sha256, type SignableClaims } from '@countersign/token/internal'

/** The API tokens of a test issuer, and their exchange (RFC 8693). */
export interface TestApiTokens {
  /** Creates an API token; its access tokens have these claims. */
  create(claims: Partial<SignableClaims>): string
  /** Returns the answer to a form at the token endpoint. */
  exchange(form: URLSearchParams): Response
  /** Revokes an API token: the access tokens so far, and every exchange from now on. Returns whether it is one. */
  revoke(apiToken: string): boolean
  /** Changes the claims of an API token: the access tokens so far are revoked, and it is exchanged for one with the new claims. */
  change(apiToken: string, claims: Partial<SignableClaims>): void
  readonly exchanges: number
  /** The public key by which guards tell its API tokens from made-up ones. */
  readonly publicKey: string
}

interface TestApiToken {
  readonly claims: Partial<SignableClaims>
  readonly issued: readonly string[]
}

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** Creates the API tokens of an issuer. */
export function createTestApiTokens(
  sign: (claims: Partial<SignableClaims>) => string,
  audience: string,
  revokeAccessToken: (token: string) => void,
): TestApiTokens {
  const signer = createApiTokenSigner(Buffer.alloc(32, 'test'))
  const tokens = new Map<string, TestApiToken>()
  let exchanges = 0

  function endIssued(apiToken: string): boolean {
    const known = tokens.get(apiToken)
    for (const one of known?.issued ?? []) revokeAccessToken(one)
    return known !== undefined
  }

  return {
    publicKey: signer.publicKey,
    create(claims) {
      const apiToken = signer.write(sha256(`API token ${tokens.size} of a test`))
      tokens.set(apiToken, { claims, issued: [] })
      return apiToken
    },
    exchange(form) {
      exchanges++
      const apiToken = form.get('subject_token') ?? ''
      const known = tokens.get(apiToken)
      if (!known) return refusal('invalid_grant')
      if (form.get('audience') !== audience) return refusal('invalid_target')
      const accessToken = sign(known.claims)
      tokens.set(apiToken, { ...known, issued: [...known.issued, accessToken] })
      return answer(accessToken)
    },
    revoke(apiToken) {
      const isKnown = endIssued(apiToken)
      tokens.delete(apiToken)
      return isKnown
    },
    change(apiToken, claims) {
      if (endIssued(apiToken)) tokens.set(apiToken, { claims, issued: [] })
    },
    get exchanges() {
      return exchanges
    },
  }
}

function answer(accessToken: string): Response {
  return Response.json({
    access_token: accessToken,
    issued_token_type: accessTokenType,
    token_type: 'Bearer',
    expires_in: 900,
  })
}

function refusal(error: string): Response {
  return Response.json({ error }, { status: 400 })
}
