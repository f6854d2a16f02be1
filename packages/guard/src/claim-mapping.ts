import type { ProvenClaims } from '@countersign/token'
import { assertOptions, type NamesOf } from '@countersign/token/internal'
import { guardInvalid } from './failures.ts'

/**
 * The place of scopes or roles in the claims of an issuer: the name of a claim, names whose values are joined, or a function for nested ones.
 * The value may be a text or a list of texts. A text of scopes is split at its blanks (RFC 6749, section 3.3); a text of roles is one role.
 *
 * @example
 * import { createGuard, type ClaimReader } from '@countersign/guard'
 *
 * const roles: ClaimReader = ({ tenant }) => (tenant as { roles?: readonly string[] }).roles
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', mapping: { roles } })
 */
export type ClaimReader = string | readonly string[] | ((claims: ProvenClaims) => unknown)

/**
 * The claims in which an issuer writes scopes and roles; `issuerPresets` has those of well-known issuers.
 *
 * @example
 * import { createGuard, type ClaimMapping } from '@countersign/guard'
 *
 * const mapping: ClaimMapping = { scopes: 'scp', roles: ['groups', 'https://example.com/roles'] }
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', mapping })
 */
export interface ClaimMapping {
  /** Default: `scope`, as one text (RFC 9068, section 2.2.3). */
  readonly scopes?: ClaimReader
  /** Default: `roles`, as a list (RFC 9068, section 2.2.3.1). */
  readonly roles?: ClaimReader
}

const names = { scopes: true, roles: true } satisfies NamesOf<ClaimMapping>

/** Rejects a mapping with unknown members or unusable readers. Fails with `guard_invalid`. */
export function assertMapping(mapping: ClaimMapping | undefined): void {
  if (mapping === undefined) return
  assertOptions(mapping, names, (detail) => guardInvalid(`its mapping: ${detail}`))
  for (const reader of Object.values(mapping)) {
    const isName = (one: unknown) => typeof one === 'string' && one !== ''
    const isList = Array.isArray(reader) && reader.length > 0 && reader.every(isName)
    if (reader !== undefined && !isName(reader) && !isList && typeof reader !== 'function')
      throw guardInvalid('a member of its mapping must name claims, or be a function of the claims')
  }
}

/** Returns the scopes of a token. */
export function scopesOf(claims: ProvenClaims, mapping: ClaimMapping = {}): ReadonlySet<string> {
  const { scopes } = mapping
  if (scopes === undefined) return new Set(wordsOf(claims.scope))
  return new Set(valuesOf(scopes, claims).flatMap((one) => wordsOf(one) ?? textsOf(one)))
}

/** Returns the roles of a token. */
export function rolesOf(claims: ProvenClaims, mapping: ClaimMapping = {}): ReadonlySet<string> {
  const { roles } = mapping
  if (roles === undefined) return new Set(textsOf(claims['roles']))
  return new Set(valuesOf(roles, claims).flatMap((one) => (isText(one) ? [one] : textsOf(one))))
}

function valuesOf(reader: ClaimReader, claims: ProvenClaims): readonly unknown[] {
  if (typeof reader === 'function') return [reader(claims)]
  const claimNames = typeof reader === 'string' ? [reader] : reader
  return claimNames.map((name) => (Object.hasOwn(claims, name) ? claims[name] : undefined))
}

function wordsOf(value: unknown): readonly string[] | undefined {
  return typeof value === 'string' ? value.split(' ').filter(isText) : undefined
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isText) : []
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** The claims in which issuers write scopes and roles, apart from those that are read by default. */
const usualClaims = {
  scopes: ['scp', 'scope', 'permissions'],
  roles: ['roles', 'role', 'groups', 'cognito:groups', 'realm_access', 'resource_access'],
} as const

/** Returns the claim that probably holds the missing scopes or roles, if no mapping reads them; for explanations. */
export function findUnreadClaim(
  kind: keyof ClaimMapping,
  claims: ProvenClaims,
  mapping: ClaimMapping | undefined,
): string | undefined {
  const read = kind === 'scopes' ? scopesOf(claims) : rolesOf(claims)
  if (mapping?.[kind] !== undefined || read.size > 0) return undefined
  return usualClaims[kind].find((name) => Object.hasOwn(claims, name))
}
