import {
  createVerifier,
  isCountersignError,
  issuerKeySet,
  type Clock,
  type RemoteKeySet,
  type VerifiedToken,
} from '@countersign/token'
import { publicAlgorithms } from '@countersign/token/internal'
import type { Trust } from '../clients/client.ts'

/** The issuers whose tokens clients may authenticate with. Their keys are fetched with the cooldowns and the rules of guards. */
export interface TrustedIssuers {
  /** Verifies a token that a client trusts; fetches the keys of its issuer first, unless they are there. Fails as a verifier does. */
  verify(trust: Trust, token: string): Promise<VerifiedToken>
}

/** Makes the issuers, without keys: those of an issuer are fetched with its first token. */
export function createTrustedIssuers({ clock }: { readonly clock: Clock }): TrustedIssuers {
  const keys = new Map<string, RemoteKeySet>() // as many as clients name
  return {
    async verify({ issuer, audience, reusable }, token) {
      const known = keys.get(issuer) ?? issuerKeySet(issuer, { clock })
      keys.set(issuer, known)
      if (!known.health().usable) await known.refresh()
      const verifier = createVerifier({
        issuer,
        audience,
        algorithms: publicAlgorithms,
        keys: known,
        type: 'JWT or none',
        required: reusable ? ['iat'] : ['iat', 'jti'],
        cacheSize: 0, // each token is used once
        clock,
      })
      try {
        return await verifier.verifyAsync(token)
      } catch (error) {
        if (!isCountersignError(error) || error.code !== 'key_unknown') throw error
        await known.refresh() // the issuer may have rotated its keys; within the cooldown nothing is fetched
        return verifier.verifyAsync(token)
      }
    },
  }
}
