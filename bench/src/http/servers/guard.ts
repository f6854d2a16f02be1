import { createGuard, type Guard } from '@countersign/guard'
import { createVerifier, importSecret, localKeySet } from '@countersign/token'
import { audience, issuer, secret } from './shared.ts'

/** Our guard, as an application makes it. Without a cache every token is checked anew, as one is that comes for the first time. */
export function newGuard({ cache }: { readonly cache: boolean }): Guard {
  const keys = localKeySet([importSecret(secret, 'HS256', { id: 'bench' })])
  const policy = { issuer, audience, algorithms: ['HS256'] as const, keys, type: 'JWT' }
  return createGuard({ verifier: createVerifier(cache ? policy : { ...policy, cacheSize: 0 }) })
}
