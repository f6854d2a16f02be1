import { fail } from '../failures.ts'
import type { VerificationKey } from '../jwk/key.ts'
import { copyParts, verifySignature, verifySignatureAsync } from '../jws/compact.ts'
import { validateTimes, type ProvenClaims, type VerifiedClaims } from './claims.ts'
import { explain, type Explanation } from './explain.ts'
import {
  checkLegacyPolicy,
  checkPolicy,
  type CheckedPolicy,
  type LegacyPolicy,
  type Policy,
} from './policy.ts'
import {
  assertTokenLength,
  createVerificationSteps,
  selectKey,
  throwProblem,
  type VerifiedToken,
} from './verification-steps.ts'
import { createVerifiedCache } from './verified-cache.ts'

/**
 * Verifies tokens against one policy.
 *
 * @example
 * import type { Verifier } from '@countersign/token'
 *
 * function userOf(verifier: Verifier, token: string): string {
 *   return verifier.verify(token).claims.sub
 * }
 */
export interface Verifier<C extends ProvenClaims = VerifiedClaims> {
  /**
   * Verifies a token and returns its claims. Synchronous. Throws a `CountersignError` with a failure code of a
   * token. Report no more than "invalid" or "expired" to a caller, and keep the rest for the log.
   */
  verify(token: string): VerifiedToken<C>
  /**
   * Does the same checks, the signature's on the platform's thread pool. Use it in a process with spare cores that verifies many new tokens
   * with public keys. It is slower for a single token, and a cached token or a shared secret never leaves the thread. Rejects with
   * what `verify` throws. Other work on that pool (files, name lookups) delays it.
   */
  verifyAsync(token: string): Promise<VerifiedToken<C>>
  /** Lists each check with the expected and the found value and a likely cause. For operators, never for callers. */
  explain(token: string): Explanation
  /**
   * Present if the policy's keys are at a URL: fetches them again and waits. Await it after `key_unknown` and `key_set_unavailable`,
   * then verify again. Fails with `key_set_unavailable`.
   */
  refreshKeys?(): Promise<void>
}

/**
 * Makes a verifier. Issuer, audience, algorithms and keys are required; fails with `policy_invalid` for an invalid policy.
 *
 * The order of checks is size and encoding, header, key, signature, claims (RFC 8725bis; RFC 7519, section 7.2).
 * Nothing of a token is used before the step that verifies it.
 *
 * @example
 * import { createSigner, createVerifier, generateKey, localKeySet } from '@countersign/token'
 *
 * const key = generateKey('ES256')
 * const issuer = 'https://issuer.example'
 * const token = createSigner({ key, issuer, lifetime: 600 }).sign({ sub: 'ada', aud: 'api' })
 *
 * const verifier = createVerifier({
 *   issuer,
 *   audience: 'api',
 *   algorithms: ['ES256'],
 *   keys: localKeySet([key]),
 * })
 * console.log(verifier.verify(token).claims.sub) // ada
 */
export function createVerifier(policy: Policy): Verifier {
  return verifierOf<VerifiedClaims>(checkPolicy(policy))
}

/**
 * Makes a verifier for tokens of an older application; {@link LegacyPolicy} lists the checks that it gives up. Fails with `policy_invalid`.
 *
 * @example
 * import { createLegacyVerifier, importSecret, localKeySet } from '@countersign/token'
 *
 * const key = importSecret('6b1f0c2e9d7a4835b0f1c6d2e3a49587', 'HS256')
 * const verifier = createLegacyVerifier({ algorithms: ['HS256'], keys: localKeySet([key]) })
 */
export function createLegacyVerifier(policy: LegacyPolicy): Verifier<ProvenClaims> {
  return verifierOf<ProvenClaims>(checkLegacyPolicy(policy))
}

function verifierOf<C extends ProvenClaims>(policy: CheckedPolicy): Verifier<C> {
  const cache = policy.cacheSize === 0 ? undefined : createVerifiedCache<C>(policy.cacheSize)
  const steps = createVerificationSteps<C>(policy)

  /** Finds a cached token. Its times and its key are checked on every hit, because time passes and keys are revoked. */
  function findCached(token: string): VerifiedToken<C> | undefined {
    assertTokenLength(token, policy)
    const cached = cache?.find(token)
    if (!cached) return undefined
    if (policy.keys.find(cached.verified.header, policy.algorithms) !== cached.key) return undefined
    throwProblem(validateTimes(cached.verified.claims, policy.claims, policy.clock.now()))
    return cached.verified
  }

  function addToCache(token: string, key: VerificationKey, verified: VerifiedToken<C>) {
    if (!cache) return verified
    deepFreeze(verified) // requests share it from now on
    cache.add({ token, key, verified })
    return verified
  }

  const { keys } = policy
  return Object.freeze({
    ...(keys.refresh && { refreshKeys: async () => keys.refresh?.() }),

    verify(token: string): VerifiedToken<C> {
      const cached = findCached(token)
      if (cached) return cached
      const parsed = steps.parse(token)
      const isValid = verifySignature(parsed.parts, parsed.key)
      return addToCache(token, parsed.key, steps.finish(parsed, isValid))
    },

    async verifyAsync(token: string): Promise<VerifiedToken<C>> {
      const cached = findCached(token)
      if (cached) return cached
      const inPlace = steps.parse(token)
      const parsed = { ...inPlace, parts: copyParts(inPlace.parts) }
      const isValid = await verifySignatureAsync(parsed.parts, parsed.key)
      if (selectKey(parsed.header, policy) !== parsed.key) throw fail('key_unknown') // revoked in the meantime
      return addToCache(token, parsed.key, steps.finish(parsed, isValid))
    },

    explain(token: string): Explanation {
      return explain(token, policy, () => {
        const parsed = steps.parse(token)
        steps.finish(parsed, verifySignature(parsed.parts, parsed.key))
      })
    },
  })
}

function deepFreeze(value: object): void {
  Object.freeze(value)
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) deepFreeze(child)
  }
}
