import {
  createLegacyVerifier,
  inspect,
  isCountersignError,
  type Clock,
  type LegacyPolicy,
  type ProvenClaims,
  type VerifiedToken,
  type Verifier,
} from '@countersign/token'
import { assertOptions, policyNames, type NamesOf, type Seconds } from '@countersign/token/internal'
import { assertMapping, type ClaimMapping } from '../claim-mapping.ts'
import { emit, type EventListener } from '../events.ts'
import { fail, guardInvalid } from '../failures.ts'
import { keepNewest } from '../keep-newest.ts'
import type { IssuerContext } from './issuer-context.ts'

/**
 * Tokens that the application issued before it moved to its issuer, such as those of Flask with PyJWT: signed with HS256, and honoured until a day.
 * They belong to no session: they cannot be refreshed, and no status list revokes them. Each use is an event `legacy`. Every token with HS256 counts as one:
 * a guard whose own `verifier` has an HS256 secret would refuse its own tokens.
 *
 * @example
 * import { createGuard, type LegacyTokens } from '@countersign/guard'
 * import { importSecret, localKeySet } from '@countersign/token'
 *
 * const legacyTokens: LegacyTokens = {
 *   keys: localKeySet([importSecret('6b1f0c2e9d7a4835b0f1c6d2e3a49587', 'HS256')]),
 *   until: new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10), // in a week
 *   subject: ({ public_id: id }) => id,
 * }
 * const audience = 'https://api.example.com'
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience, legacyTokens })
 */
export interface LegacyTokens extends Omit<LegacyPolicy, 'algorithms' | 'until' | 'clock'> {
  /** The day on which they end, such as `2027-03-01`, at 0:00 UTC; at most a year ahead. */
  readonly until: string
  /**
   * Finds the user of a token by its subject, and returns the claims that replace those of the token; `undefined` for a user who is unknown, disabled
   * or deleted. Called again for a token whose user was found more than a second ago. An error that it throws reaches the framework, which answers 500;
   * a `CountersignError`, such as that of a database, refuses the token with 503. Default: the claims of the token are used as they are.
   */
  readonly findUser?: (
    subject: string,
    claims: ProvenClaims,
  ) => Promise<(Readonly<Record<string, unknown>> & { readonly sub: string }) | undefined>
}

/** A user as it was found; `verified` is undefined for one who may not use the token. */
interface FoundUser {
  readonly at: Seconds
  readonly verified: VerifiedToken<ProvenClaims> | undefined
}

const { algorithms: _algorithms, clock: _clock, type: _type, ...policyMembers } = policyNames
const names = {
  ...policyMembers,
  until: true,
  findUser: true,
} as const satisfies NamesOf<LegacyTokens>

const userMaxAge = 1 // second: how long a user who was disabled can use a token
const maxUsers = 1_000 // a user who is not among them is found again

/** Creates the context of legacy tokens. Fails with `policy_invalid` and `guard_invalid`. */
export function fromLegacyTokens(
  legacyTokens: LegacyTokens,
  {
    clock,
    mapping,
    onEvent,
  }: {
    readonly clock: Clock
    readonly mapping: ClaimMapping | undefined
    readonly onEvent: EventListener | undefined
  },
): IssuerContext & { readonly hasVerified: (claims: ProvenClaims) => boolean } {
  const { findUser, until, ...policy } = legacyTokens
  assertOptions(legacyTokens, names, (detail) => guardInvalid(`its legacyTokens: ${detail}`))
  if (typeof until !== 'string')
    throw guardInvalid('legacyTokens needs the day on which they end: until')
  const verifier = createLegacyVerifier({ ...policy, until, algorithms: ['HS256'], clock })
  const users = createUsers(verifier, findUser, clock)
  const admitted = new WeakSet<ProvenClaims>()
  assertMapping(mapping)
  return {
    hasVerified: (claims) => admitted.has(claims),
    issuer: undefined,
    keys: undefined,
    mapping,
    revocation: undefined,
    accessTokens: undefined,
    verifier: {
      verify(token) {
        const verified = users.verify(token)
        admitted.add(verified.claims)
        emit(onEvent, { kind: 'legacy', subject: verified.claims.sub, until })
        return verified
      },
      verifyAsync: async (token) => users.verify(token),
      explain: (token) => verifier.explain(token),
    },
    loadUser: users.load,
  }
}

/** Verifies tokens, and replaces their claims by those of the users who were found last. */
function createUsers(
  verifier: Verifier<ProvenClaims>,
  findUser: LegacyTokens['findUser'],
  clock: Clock,
) {
  const users = new Map<string, FoundUser>()
  return {
    verify(token: string): VerifiedToken<ProvenClaims> {
      const verified = verifier.verify(token)
      if (!findUser) return verified
      const found = users.get(token)
      if (!found || clock.now() - found.at > userMaxAge) throw fail('legacy_user_unavailable')
      if (!found.verified) throw fail('legacy_user_unknown')
      return found.verified
    },
    async load(token: string): Promise<void> {
      const verified = verifier.verify(token)
      const { sub, exp } = verified.claims
      const claims = await findUser?.(sub, verified.claims)
      const own =
        claims && Object.freeze({ ...verified, claims: Object.freeze({ ...claims, exp }) })
      keepNewest(users, maxUsers, token, { at: clock.now(), verified: own })
    },
  }
}

/** Returns whether a token is signed with HS256, as no token of an issuer is whose keys are public. */
export function isLegacy(token: string): boolean {
  try {
    return inspect(token).header['alg'] === 'HS256'
  } catch (error) {
    if (isCountersignError(error)) return false
    throw error
  }
}
