import { createGuard, type Guard } from '@countersign/guard'
import { createVerifier, importSecret, localKeySet } from '@countersign/token'
import { audience, issuer, secret } from './shared.ts'

/** Creates a guard as an application does. Without a cache every token is verified, as on its first use. */
export function newGuard({ cache }: { readonly cache: boolean }): Guard {
  const keys = localKeySet([importSecret(secret, 'HS256', { id: 'bench' })])
  const policy = { issuer, audience, algorithms: ['HS256'] as const, keys, type: 'JWT' }
  return createGuard({ verifier: createVerifier(cache ? policy : { ...policy, cacheSize: 0 }) })
}
