import type { PublicAlgorithm } from '@countersign/token/internal'
import type { KeyPolicy, KeyStep } from './plan-rotation.ts'
import type { StoredSigningKey } from './signing-key.ts'

/** Lengths of time, in seconds. */
export const [hour, day] = [3_600, 86_400]
/** The policy of the tests: one algorithm. */
export const policy: KeyPolicy = {
  algorithms: ['ES256'],
  rotationPeriod: 90 * day,
  publicationLead: 2 * day,
}
/** A public half that no test reads. */
export const publicJwk = { kty: 'EC' } as const

/** A key of a ring; times in days. */
export function key(id: string, from: number, until: number | null, change = {}): StoredSigningKey {
  const times = { createdAt: Math.max(0, from - 90) * day, activatedAt: from * day }
  const retiredAt = until === null ? null : until * day
  const stored = { id, algorithm: 'ES256' as const, publicJwk, encrypted: 'encrypted' }
  return { ...stored, ...times, retiredAt, revokedAt: null, ...change }
}
/** A chain whose first key is retired. */
export const [old, active, next] = [
  key('old', 0, 90),
  key('active', 90, 180),
  key('next', 180, null),
]
/** A step that revokes a key. */
export const revoke = (id: string): KeyStep => ({ kind: 'revoke', id })
/** A step that erases a private half. */
export const erase = (id: string): KeyStep => ({ kind: 'erase', id })
/** A step that deletes a key. */
export const forget = (id: string): KeyStep => ({ kind: 'delete', id })
/** A step that introduces a key. */
export const introduce = (at: number, algorithm: PublicAlgorithm = 'ES256'): KeyStep => ({
  kind: 'introduce',
  algorithm,
  activatedAt: at,
})
/** A step that ends a chain of RS256. */
export const end = (id: string, at: number, algorithm: PublicAlgorithm = 'RS256'): KeyStep => ({
  kind: 'end',
  id,
  algorithm,
  retiredAt: at,
})
/** A step that activates a key earlier. */
export const activate = (id: string, at: number): KeyStep => ({
  kind: 'activate',
  id,
  activatedAt: at,
})
