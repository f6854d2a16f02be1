import { judgeTimes, type ProvenClaims, type VerifiedClaims } from './claims.ts'
import { explain, type Explanation } from './explain.ts'
import { fail } from './failures.ts'
import { keepParts, verifySignature, verifySignatureAsync, type Header } from './jws.ts'
import type { VerificationKey } from './key.ts'
import {
  checkLegacyPolicy,
  checkPolicy,
  type CheckedPolicy,
  type LegacyPolicy,
  type Policy,
} from './policy.ts'
import { assertReadable, createProof, keyFor, refuse } from './proof.ts'
import { createVerifiedCache } from './verified-cache.ts'

declare const brand: unique symbol

/** A token that satisfied a policy. Only a verifier makes one; with a cache it is frozen, for requests share it. */
export interface VerifiedToken<C extends ProvenClaims = VerifiedClaims> {
  readonly [brand]: true
  readonly verified: true
  readonly header: Header
  readonly claims: C
  /** The id of the key that the signature fits. */
  readonly keyId: string
}

/** Checks tokens against one policy. */
export interface Verifier<C extends ProvenClaims = VerifiedClaims> {
  /**
   * The token's claims, proven. Synchronous; never waits for anything. Throws a `CountersignError` whose code is one of the
   * token failures: show a caller no more than "invalid" or "expired", keep the rest for the log.
   */
  verify(token: string): VerifiedToken<C>
  /**
   * The same checks, the signature's on the platform's thread pool: for one process with spare cores and many tokens with public keys that
   * it has not seen before. Slower for one token alone, and a remembered token or a shared secret never leaves the thread.
   * Rejects with what `verify` throws. Whatever else fills that pool (files, name look-ups) is waited for.
   */
  verifyAsync(token: string): Promise<VerifiedToken<C>>
  /** Each check told, with what was expected, what was found and a likely cause. For operators, never for callers. */
  explain(token: string): Explanation
  /**
   * There when the policy's keys are far away: looks them up anew and waits. Await it after `key_unknown` and `key_set_unavailable`,
   * then verify again. Fails with `key_set_unavailable`.
   */
  refreshKeys?(): Promise<void>
}

/**
 * Makes a verifier. There is none without issuer, audience, algorithms and keys: fails with `policy_invalid`.
 *
 * The order is one of suspicion: size and alphabet, header, key, signature, claims (RFC 8725bis; RFC 7519, section 7.2).
 * Nothing of a token is used before the step that proves it.
 */
export function createVerifier(policy: Policy): Verifier {
  return verifierOf<VerifiedClaims>(checkPolicy(policy))
}

/** Makes a verifier for tokens of an older application; {@link LegacyPolicy} says what is given up. Fails with `policy_invalid`. */
export function createLegacyVerifier(policy: LegacyPolicy): Verifier<ProvenClaims> {
  return verifierOf<ProvenClaims>(checkLegacyPolicy(policy))
}

function verifierOf<C extends ProvenClaims>(policy: CheckedPolicy): Verifier<C> {
  const cache = policy.cacheSize === 0 ? undefined : createVerifiedCache<C>(policy.cacheSize)
  const proof = createProof<C>(policy)

  /** A remembered token. Time goes on and keys are withdrawn: both are looked at on every hit. */
  function recall(token: string): VerifiedToken<C> | undefined {
    assertReadable(token, policy)
    const known = cache?.find(token)
    if (!known || policy.keys.find(known.verified.header) !== known.key) return undefined
    refuse(judgeTimes(known.verified.claims, policy.claims, policy.clock.now()))
    return known.verified
  }

  function remember(token: string, key: VerificationKey, verified: VerifiedToken<C>) {
    if (!cache) return verified
    deepFreeze(verified) // from now on it is shared by requests
    cache.add({ token, key, verified })
    return verified
  }

  const { keys } = policy
  return Object.freeze({
    ...(keys.refresh && { refreshKeys: async () => keys.refresh?.() }),

    verify(token: string): VerifiedToken<C> {
      const known = recall(token)
      if (known) return known
      const suspect = proof.begin(token)
      const fits = verifySignature(suspect.parts, suspect.key)
      return remember(token, suspect.key, proof.conclude(suspect, fits))
    },

    async verifyAsync(token: string): Promise<VerifiedToken<C>> {
      const known = recall(token)
      if (known) return known
      const begun = proof.begin(token)
      const suspect = { ...begun, parts: keepParts(begun.parts) }
      const fits = await verifySignatureAsync(suspect.parts, suspect.key)
      if (keyFor(suspect.header, policy) !== suspect.key) throw fail('key_unknown') // withdrawn in the meantime
      return remember(token, suspect.key, proof.conclude(suspect, fits))
    },

    explain(token: string): Explanation {
      return explain(token, policy, () => {
        const suspect = proof.begin(token)
        proof.conclude(suspect, verifySignature(suspect.parts, suspect.key))
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
