import { inspect, isCountersignError } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'

/** The dependencies of {@link readIdTokenHint}. */
export interface IdTokenHintDeps {
  readonly issuer: {
    idTokenVerifierFor(
      clientId: string,
      at: Seconds,
    ): { verify(token: string): { readonly claims: Readonly<Record<string, unknown>> } }
  }
}

/** The application, the user and the grant that a verified ID token was issued for. */
export interface IdTokenHint {
  readonly clientId: string
  readonly userId: string
  readonly grantId: string
}

/**
 * Verifies the ID token of a request (`id_token_hint`): ours, for the application that it names, by the time of its own `iat`, so that an expired one
 * is accepted. Access tokens and logout tokens have another `typ`. Returns `undefined` for any other text.
 */
export function readIdTokenHint(
  { issuer }: IdTokenHintDeps,
  hint: string,
): IdTokenHint | undefined {
  try {
    const { aud, iat } = inspect(hint).claims // only chooses what is verified
    if (typeof aud !== 'string' || typeof iat !== 'number') return undefined
    const { sid, sub } = issuer.idTokenVerifierFor(aud, iat).verify(hint).claims
    if (typeof sid !== 'string' || typeof sub !== 'string') return undefined
    return { clientId: aud, userId: sub, grantId: sid }
  } catch (error) {
    if (isCountersignError(error)) return undefined
    throw error
  }
}
