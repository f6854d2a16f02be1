import { isCountersignError } from '@countersign/token'
import type { Issuers } from './issuers.ts'
import type { Principal } from './principal.ts'
import type { OnStatusEnd } from './watchers.ts'

/** Watches the tokens of principals that a guard let through. */
export function createOnRevoked(issuers: Pick<Issuers, 'issuerOf'>) {
  return ({ token }: Principal<unknown>, onEnd: OnStatusEnd): (() => void) => {
    const { revocation } = issuers.issuerOf(token.claims) ?? {}
    const reference = revocation?.referenceOf(token.claims)
    if (!revocation || !reference) return () => undefined
    try {
      revocation.assertGood(reference, true)
    } catch (error) {
      if (!isCountersignError(error)) throw error
      onEnd(error.code === 'token_revoked' ? 'token_revoked' : 'revocation_unknown')
      return () => undefined
    }
    return reference.list.watch(reference.index, onEnd)
  }
}
